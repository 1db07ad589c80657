/** A call that happened, as far as a what-if needs it. What many calls have in common is said once. */
import type { PicoUsd } from "../../../base/index.ts";
import type { ModelFacts } from "../../catalogue/index.ts";
import type { CallFacts } from "../../policy/index.ts";
import type { PlaceKind, PlannedMarker, TokensByClass } from "../../prompt-cache/index.ts";
import type { PricedAs } from "../call.ts";

export type CallProfile = {
  /** What policies match. */
  readonly facts: CallFacts;
  /** The model that served; `null` when the catalogue does not know it. */
  readonly model: ModelFacts | null;
  readonly pricedAs: PricedAs;
  readonly effort: string | null;
  /** Several samplings, or a refusal: such a bill is kept as it is. */
  readonly composite: boolean;
};

/** One block of a recorded prompt. Its key says its content, and nothing of what stands before it. */
export type RecordedBlock = {
  readonly key: string;
  readonly weight: number;
  readonly kind: PlaceKind;
  readonly markable: boolean;
};

export type RecordedPrompt = {
  readonly blocks: readonly RecordedBlock[];
  /** Tokens behind the last block that nothing can share. */
  readonly tailTokens: number;
  /** The client's own, by block. */
  readonly markers: readonly PlannedMarker[];
};

export type RecordedCall = {
  readonly atMs: number;
  /** The moment whose prices hold, where it is another than `atMs`. */
  readonly pricedAtMs?: number;
  readonly responseBeginMs: number;
  readonly cancelled: boolean;
  readonly tokens: TokensByClass;
  readonly outputTokens: number;
  readonly webSearches: number;
  /** As the ledger has it. */
  readonly amount: PicoUsd;
  /** `null` where it was not asked for, or is not in the ledger. */
  readonly prompt: RecordedPrompt | null;
};
