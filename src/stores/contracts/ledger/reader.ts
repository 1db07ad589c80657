import type { Instant } from "../../../base/index.ts";
import type { StoredBlock } from "../../../domain/prompt/index.ts";
import type { LedgerEntry, OpenedEntry, SettledEntry } from "./entry.ts";
import type {
  ArmRow,
  ArmsQuestion,
  BilledUsageRow,
  ChargeRow,
  ChargesQuestion,
  SeriesAnswer,
  SeriesQuestion,
  SpendAnswer,
  SpendQuestion,
  Window,
} from "./questions.ts";
import type { TrafficBatch, TrafficCounts } from "./traffic.ts";

/** One exchange with everything known of it; `settled` already has the newest correction applied. */
export type Exchange = {
  readonly opened: OpenedEntry;
  readonly settled: SettledEntry | null;
  /** Reasons of the corrections applied, oldest first. */
  readonly corrections: readonly string[];
};

/** An exchange with its whole prompt. */
export type PromptedExchange = Exchange & {
  /**
   * Every block from the root of the prefix tree on, so `opened.prompt.markers` count in it. `null`
   * when the body was no Messages request, or when a part of the prompt is not in the ledger.
   */
  readonly path: readonly StoredBlock[] | null;
};

export const EXPORT_FORMATS = ["csv", "jsonl", "parquet", "focus"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export type ExportQuestion = Window & {
  readonly format: ExportFormat;
  readonly file: string;
  /** The provider's number of the account, for FOCUS; the key's fingerprint stands in when absent. */
  readonly billingAccount?: string | undefined;
};

export type VerifyFinding = {
  readonly severity: "error" | "repaired" | "notice";
  /** A stable word: `torn-tail`, `checksum-mismatch`, `lines-do-not-sum`, … */
  readonly code: string;
  readonly file: string;
  /** Byte offset in the file, when that means something. */
  readonly offset: number | null;
  readonly message: string;
};

export type VerifyAnswer = {
  readonly sound: boolean;
  readonly filesChecked: number;
  readonly entriesChecked: number;
  readonly exchanges: number;
  readonly findings: readonly VerifyFinding[];
};

/**
 * The side of the ledger that any process may hold, while another writes. Queries run in a process
 * of their own.
 *
 * Errors: `LEDGER_NOT_FOUND`, `LEDGER_FORBIDDEN`, `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`,
 * `LEDGER_QUERY_TIMEOUT`.
 */
export type LedgerReader = {
  readonly spend: (question: SpendQuestion) => Promise<SpendAnswer>;
  /** In no order. Errors: `LEDGER_QUESTION_INVALID` when there are more rows than one answer holds. */
  readonly arms: (question: ArmsQuestion) => Promise<readonly ArmRow[]>;
  /** Oldest first. Errors: `LEDGER_QUESTION_INVALID` when there are more rows than one answer holds. */
  readonly charges: (question: ChargesQuestion) => Promise<readonly ChargeRow[]>;
  /** Oldest first. Errors: `LEDGER_QUESTION_INVALID` when there are more rows than one answer holds. */
  readonly billedUsage: (window: Window) => Promise<readonly BilledUsageRow[]>;
  /** Errors: `LEDGER_QUESTION_INVALID` when one answer would hold too many slots. */
  readonly series: (question: SeriesQuestion) => Promise<SeriesAnswer>;
  /** Newest first, at most `limit`. */
  readonly exchanges: (
    question: Window & { readonly limit: number },
  ) => Promise<readonly Exchange[]>;
  /** Oldest first, with whole prompts; read a batch at a time, so any number may be asked for. */
  readonly prompts: (window: Window) => AsyncIterable<PromptedExchange>;
  /** How many a {@link LedgerReader.traffic} of the window holds, and how many it leaves out. */
  readonly trafficCounts: (window: Window) => Promise<TrafficCounts>;
  /** Billed exchanges as columns, oldest first; read a slice at a time, so any number may be asked for. */
  readonly traffic: (window: Window) => AsyncIterable<TrafficBatch>;
  readonly exchange: (id: string) => Promise<Exchange | null>;
  /** Follows the journal from its present end until the signal aborts. */
  readonly tail: (signal: AbortSignal) => AsyncIterable<LedgerEntry>;
  readonly verify: () => Promise<VerifyAnswer>;
  /** Writes every exchange of the window to `file`; resolves with the number of rows. */
  readonly export: (question: ExportQuestion) => Promise<{ readonly rows: number }>;
  /** The time of the first and the last exchange, `null` in an empty ledger. */
  readonly span: () => Promise<{ readonly first: Instant; readonly last: Instant } | null>;
  readonly close: () => Promise<void>;
};
