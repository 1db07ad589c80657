/** Scripted replies: entries in order, the first that matches and is not spent answers. */
import { matches, type ScriptedRequest } from "../matching/index.ts";
import type { ReplySpec, ScriptEntry } from "./reply-spec.ts";

/** Entries kept at once. */
export const SCRIPT_ENTRIES_MAX = 10_000;

export class Script {
  #entries: { readonly entry: ScriptEntry; left: number }[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Adds entries behind those that stand; returns a function that takes them away again. */
  add(entries: readonly ScriptEntry[]): () => void {
    const added = entries.map((entry) => ({
      entry,
      left: entry.times ?? Number.POSITIVE_INFINITY,
    }));
    this.#entries = [...this.#entries, ...added].slice(0, SCRIPT_ENTRIES_MAX);
    return () => {
      this.#entries = this.#entries.filter((candidate) => !added.includes(candidate));
    };
  }

  next(request: ScriptedRequest): ReplySpec | null {
    const found = this.#entries.find(
      ({ entry, left }) => left > 0 && matches(entry.match, request),
    );
    if (found === undefined) return null;
    found.left -= 1;
    const { reply } = found.entry;
    return typeof reply === "function" ? reply(request) : reply;
  }
}
