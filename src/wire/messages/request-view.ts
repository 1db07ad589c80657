/** What a Messages request looks like from here. Settings match the ledger's by structure. */
import type { PromptBlock } from "../../domain/prompt/index.ts";
import type { LocatedBlock, LocatedPrompt } from "./locate-blocks.ts";
import type { MarkerSurvey } from "./marker-places.ts";

export type RequestSettings = {
  readonly apiVersion: string | null;
  readonly betas: readonly string[];
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  /** `adaptive`, `disabled`, `enabled:BUDGET`. */
  readonly thinking: string | null;
  readonly effort: string | null;
  /** `auto`, `any`, `none`, `tool`, with `+serial` when parallel use is off. */
  readonly toolChoice: string | null;
  readonly hasImages: boolean;
};

export type RequestView = {
  readonly kind: "request";
  readonly model: string;
  readonly stream: boolean;
  /** `null` when absent or not a whole number. */
  readonly maxTokens: number | null;
  readonly metadataUserId: string | null;
  readonly settings: RequestSettings;
  /** The lifetime of the API's own marker (top-level `cache_control`), when set. */
  readonly automaticMarker: "5m" | "1h" | null;
  /** Why no worst case can be given: server tools, compaction, content by URL; empty when bounded. */
  readonly unbounded: readonly string[];
  /** Size of the schema that the output must have (`output_config.format`); 0 without one. */
  readonly outputFormatBytes: number;
  /** Whether the same request may be sent for its prompt alone (`max_tokens: 0`; "core rules"). */
  readonly mayBePrewarmed: boolean;
  readonly blockCount: number;
  /** The prompt in the order tools, system, messages. Made on the first call, then kept. */
  readonly blocks: () => readonly PromptBlock[];
  /** Where cache markers may stand, and the client's own. Made on the first call, then kept. */
  readonly markerSurvey: () => MarkerSurvey;
  /** Where the blocks stand in `body`: known already when it is the body that was read. */
  readonly locate: (body: Uint8Array) => LocatedPrompt | null;
  /** The same for blocks at some places of the prompt, which may be much less work. */
  readonly locateSome: (
    body: Uint8Array,
    places: readonly number[],
  ) => ReadonlyMap<number, LocatedBlock> | null;
};

export type UnreadableRequest = {
  readonly kind: "unreadable";
  readonly reason: string;
  /** Where in the body: `messages[3].content[0].type`. */
  readonly path: string;
  /** What could be read all the same. */
  readonly model: string | null;
  readonly stream: boolean;
  readonly maxTokens: number | null;
  readonly metadataUserId: string | null;
};

export type RequestReading = RequestView | UnreadableRequest;

/** What the headers say, and how to count bytes. */
export type RequestContext = {
  /** `anthropic-version`. */
  readonly apiVersion?: string | null;
  /** `anthropic-beta`, split at its commas. */
  readonly betas?: readonly string[];
  /** UTF-8 length of a text. A host with a fast one gives it; the default counts by itself. */
  readonly byteLength?: (text: string) => number;
};
