/** The classes of miss, and who can mend each. docs/concepts/cache-misses.md has a section for each. */
import type { PrefixBreak } from "./prefix-break.ts";

export const MISS_CAUSES = [
  "model-changed",
  "speed-changed",
  "tool-edited",
  "tool-added",
  "tool-removed",
  "tools-reordered",
  "system-timestamp",
  "system-date",
  "system-uuid",
  "system-counter",
  "system-nonce",
  "system-text",
  "tool-choice-changed",
  "thinking-changed",
  "effort-changed",
  "images-changed",
  "history-edited",
  "lookback-overrun",
  "expired",
  "too-short",
  "never-marked",
  "written-never-read",
  "lifetime-too-long",
  "stampede",
  "unexplained",
] as const;
export type MissCause = (typeof MISS_CAUSES)[number];

const TOOL_CAUSES: Partial<Record<PrefixBreak["change"], MissCause>> = {
  added: "tool-added",
  removed: "tool-removed",
  reordered: "tools-reordered",
};

const SYSTEM_CAUSES: Partial<Record<PrefixBreak["change"], MissCause>> = {
  timestamp: "system-timestamp",
  date: "system-date",
  uuid: "system-uuid",
  counter: "system-counter",
  nonce: "system-nonce",
};

/** What a break of the prompt itself is called. */
export function causeOfBreak({ section, change }: PrefixBreak): MissCause {
  switch (section) {
    case "tools":
      return TOOL_CAUSES[change] ?? "tool-edited";
    case "system":
      return SYSTEM_CAUSES[change] ?? "system-text";
    case "messages":
      return "history-edited";
    default:
      return section satisfies never;
  }
}

const VOLATILE: ReadonlySet<PrefixBreak["change"]> = new Set([
  "timestamp",
  "date",
  "uuid",
  "counter",
  "nonce",
]);

/** Whether the block would have been the same had one value been kept out of it. */
export function isVolatile(change: PrefixBreak["change"]): boolean {
  return VOLATILE.has(change);
}

/** What the provider calls it ("prompt caching: diagnostics"); `null` where it has no word for it. */
export function providerWordFor(cause: MissCause): string | null {
  if (cause === "model-changed" || cause === "speed-changed") return "model_changed";
  if (cause.startsWith("tool-choice")) return "unavailable";
  if (cause.startsWith("tool")) return "tools_changed";
  if (cause.startsWith("system-")) return "system_changed";
  if (cause === "history-edited" || cause === "images-changed") return "messages_changed";
  return cause === "thinking-changed" || cause === "effort-changed" ? "unavailable" : null;
}
