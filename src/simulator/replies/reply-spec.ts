/** What a scripted reply says; everything left out follows from the scenario. */
import type { JsonObject } from "../../base/index.ts";
import type { Fault } from "../faults/index.ts";
import type { Match, ScriptedRequest } from "../matching/index.ts";

export type ReplySpec = {
  /** The text itself, or how many tokens of made-up text. */
  readonly text?: string | { readonly tokens: number };
  readonly thinking?: string | { readonly tokens: number };
  readonly toolCalls?: readonly {
    readonly name: string;
    readonly input?: JsonObject;
    readonly id?: string;
  }[];
  /** A server-side search: billed, and its results become input tokens of this call. */
  readonly webSearch?: {
    readonly query: string;
    readonly results: readonly {
      readonly title: string;
      readonly url: string;
      readonly text?: string;
    }[];
  };
  /** Without `text` the refusal comes before any output; with it, in the middle. */
  readonly refusal?: { readonly category: string | null; readonly explanation?: string };
  readonly stopReason?: string;
  readonly stopSequence?: string;
  /** Whole content blocks, in place of `thinking`, `text`, `toolCalls` and `webSearch`. */
  readonly content?: readonly JsonObject[];
  /** Wire fields that replace those of the reported usage; the bill follows them. */
  readonly usage?: JsonObject;
  /** The model that the response names as having served. */
  readonly model?: string;
  /** Real milliseconds before the first byte. */
  readonly delayMs?: number;
  readonly tokensPerSecond?: number;
  /** The response does not begin before this settles; lets a test order events without a timer. */
  readonly waitFor?: Promise<unknown>;
  /** In a stream: after this many events, wait for `until` (or for the client to leave). */
  readonly pause?: { readonly afterEvents: number; readonly until: Promise<unknown> };
  readonly fault?: Fault;
};

export type ScriptEntry = {
  readonly match?: Match;
  readonly reply: ReplySpec | ((request: ScriptedRequest) => ReplySpec);
  /** How often it answers; default without end. */
  readonly times?: number;
};
