/** A request of the past as the diagnosis sees it: its blocks, its markers, and what it was billed. */
import type { BlockSection } from "../../prompt/index.ts";
import type { PlaceKind } from "../workload/prefix-tree.ts";
import type { Lifetime } from "../workload/workload.ts";
import type { PrefixBreak } from "./prefix-break.ts";

/** What a token costs, in whole picodollars (as many as micro-dollars per million tokens). */
export type TokenPrices = {
  readonly input: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
};

export type SeenBlock = {
  /** Equal for equal content. */
  readonly key: string;
  readonly section: BlockSection;
  readonly kind: PlaceKind;
  /** Estimated tokens; only the proportion to the other blocks counts. */
  readonly weight: number;
};

/** Parameters that are part of what the messages' entries are found by. */
export type SeenSettings = {
  readonly toolChoice: string | null;
  readonly thinking: string | null;
  readonly effort: string | null;
  readonly hasImages: boolean;
};

export type SeenRequest = {
  readonly id: string;
  readonly startMs: number;
  /** When what it writes becomes readable. */
  readonly responseBeginMs: number;
  readonly model: string;
  readonly speed: string;
  readonly settings: SeenSettings;
  readonly prefixTokensMin: number;
  readonly prices: TokenPrices;
  readonly blocks: readonly SeenBlock[];
  /** In prompt order, the automatic one among them; positions count in `blocks`. */
  readonly markers: readonly { readonly position: number; readonly lifetime: Lifetime }[];
  /** As billed. */
  readonly tokens: {
    readonly read: number;
    readonly write5m: number;
    readonly write1h: number;
    readonly input: number;
  };
  readonly prefixBreak: PrefixBreak | null;
  /** The provider's own word for a miss, where it was asked. */
  readonly reportedMiss: string | null;
};
