/** What the two sides of the engine's process say to each other. Sent by structured clone, so bigint is exact. */
import type { ErrorCode, Instant, PurserErrorDetails } from "../../../base/index.ts";
import type { PromptPath } from "../../../domain/prompt/index.ts";
import type {
  ArmRow,
  ArmsQuestion,
  BilledUsageRow,
  ChargeRow,
  ChargesQuestion,
  Exchange,
  ExportQuestion,
  ImportAnswer,
  SeriesAnswer,
  SeriesQuestion,
  SpendAnswer,
  SpendQuestion,
  TrafficBatch,
  VerifyAnswer,
  Window,
} from "../../contracts/index.ts";
import type { PromptsQuestion, TrafficSlice, TrafficSlicesQuestion } from "../queries/index.ts";

export type CompactionAnswer = {
  readonly segments: number;
  readonly exchanges: number;
  readonly merges: number;
};

/** Every request the engine answers, with its input and its answer. */
export type EngineCalls = {
  readonly spend: { readonly input: SpendQuestion; readonly answer: SpendAnswer };
  readonly arms: { readonly input: ArmsQuestion; readonly answer: readonly ArmRow[] };
  readonly charges: { readonly input: ChargesQuestion; readonly answer: readonly ChargeRow[] };
  readonly billedUsage: { readonly input: Window; readonly answer: readonly BilledUsageRow[] };
  readonly series: { readonly input: SeriesQuestion; readonly answer: SeriesAnswer };
  readonly exchanges: {
    readonly input: Window & { readonly limit: number };
    readonly answer: readonly Exchange[];
  };
  readonly prompts: { readonly input: PromptsQuestion; readonly answer: readonly Exchange[] };
  /** The paths that ended at these nodes of the prefix tree, and at all above them. */
  readonly promptOrigins: {
    readonly input: readonly string[];
    readonly answer: readonly PromptPath[];
  };
  readonly trafficSlices: {
    readonly input: TrafficSlicesQuestion;
    readonly answer: readonly TrafficSlice[];
  };
  readonly traffic: { readonly input: Window; readonly answer: TrafficBatch };
  readonly exchange: { readonly input: string; readonly answer: Exchange | null };
  readonly span: {
    readonly input: null;
    readonly answer: { readonly first: Instant; readonly last: Instant } | null;
  };
  /** `file` is absolute, in the engine's export folder. */
  readonly export: {
    readonly input: ExportQuestion;
    readonly answer: { readonly rows: number };
  };
  readonly verify: { readonly input: null; readonly answer: VerifyAnswer };
  /** Calls of others go in, whole or not at all; any process may ask, one run at a time. */
  readonly adopt: { readonly input: { readonly spool: string }; readonly answer: ImportAnswer };
  /** For the process that holds the lock alone. */
  readonly compact: {
    readonly input: { readonly before: number };
    readonly answer: CompactionAnswer;
  };
};

export type CallName = keyof EngineCalls;

export type EngineRequest =
  | { readonly kind: "call"; readonly id: number; readonly name: CallName; readonly input: unknown }
  | { readonly kind: "cancel"; readonly id: number };

export type EngineFailure = {
  readonly code: ErrorCode | null;
  readonly details: Pick<PurserErrorDetails, "what" | "where" | "mend" | "data">;
};

export type EngineReply =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly failure: EngineFailure };

/** How the engine is told where it works. */
export type EngineSettings = {
  /** The data directory, absolute. */
  readonly directory: string;
  /** A folder outside the ledger that exports are written to; `null` for none. */
  readonly exportFolder: string | null;
  readonly spillFolder: string;
};
