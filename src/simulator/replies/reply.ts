/** A reply as the model gave it, before anyone counts it into a usage. */
import type { JsonObject } from "../../base/index.ts";

export type Reply = {
  readonly content: readonly JsonObject[];
  readonly stopReason: string;
  readonly stopSequence: string | null;
  readonly stopDetails: JsonObject | null;
  /** Billed output; thinking is inside it. */
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  /** Prompt tokens that a server tool's results added while the call ran. */
  readonly serverToolTokens: number;
  readonly webSearches: number;
  /** Refused before any output: billed only for some categories. */
  readonly refusedBeforeOutput: boolean;
};
