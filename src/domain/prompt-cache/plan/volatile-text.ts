/**
 * Text that is likely to differ in the next request, found in one text alone by its shape. What differs
 * between two texts is told better by misses/text-change.ts; here there is only one.
 */
import type { TextChangeKind } from "../misses/text-change.ts";

export type VolatileText = {
  readonly kind: Exclude<TextChangeKind, "text">;
  /** Characters from the start of the text, `end` excluded. */
  readonly start: number;
  readonly end: number;
  /** Whether the words around it say that it is of this moment or of this call. */
  readonly certain: boolean;
};

/** Places that are named; a text with more of them is a log, and all of it is volatile. */
export const VOLATILE_PLACES_MAX = 50;
/** Characters before a place in which words may say what it is. */
const WORDS_BEFORE = 48;

const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
const CLOCK = "\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?: ?[AaPp][Mm]\\b)?";
const ZONE = "(?: ?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?";
const DAY = `(?:\\d{4}-\\d{2}-\\d{2}|\\d{1,2}[./]\\d{1,2}[./]\\d{4}|${MONTH} \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}|\\d{1,2} ${MONTH},? \\d{4})`;

const COUNTED = "(?:request|turn|step|iteration|attempt|message|call|run)";
/** "step 1" is as good as fixed; "step #1" and "step: 1" are not. */
const NUMBERED = "(?: ?#| ?: ?#?| (?:number|no\\.?|id):? ?#?)";

type Shape = {
  readonly kind: VolatileText["kind"];
  readonly pattern: RegExp;
  /** Words before it that make it certain; `null` when its shape says enough. */
  readonly words: RegExp | null;
};

const NOW = /\b(?:now|today|current(?:ly)?|time|date|as of|generated|updated|session|started)\b/i;
const ID = /\b(?:id|nonce|token|session|trace|request|seed|key|hash|salt|cache[- ]?bust\w*)\b/i;

/** The longer forms come first, because a day is part of a timestamp. */
const SHAPES: readonly Shape[] = [
  {
    kind: "uuid",
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    words: null,
  },
  {
    kind: "timestamp",
    pattern: new RegExp(`${DAY}(?:T|,? (?:at )?)${CLOCK}${ZONE}`, "g"),
    words: null,
  },
  { kind: "timestamp", pattern: /(?<![\w.])1[0-9]{12}(?!\w)/g, words: null },
  { kind: "timestamp", pattern: /(?<![\w.])1[0-9]{9}(?:\.\d{1,6})?(?!\w)/g, words: NOW },
  {
    kind: "timestamp",
    pattern: new RegExp(`(?<![\\w:])${CLOCK}${ZONE}(?![\\w:])`, "g"),
    words: NOW,
  },
  { kind: "date", pattern: new RegExp(`(?<!\\w)${DAY}(?!\\w)`, "g"), words: NOW },
  {
    kind: "counter",
    pattern: new RegExp(`(?<=\\b${COUNTED}${NUMBERED})\\d{1,12}\\b(?!-)`, "gi"),
    words: null,
  },
  { kind: "nonce", pattern: /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,128}\b/gi, words: ID },
  {
    kind: "nonce",
    pattern: /\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[\w-]{20,128}\b/g,
    words: ID,
  },
];

/** What an example or a format looks like is not what this call carries. */
const EXAMPLE =
  /(?:\be\.g\.|\b(?:for example|example|such as|format|like|sample|cutoff|version|since)\b)[^.\n]*$/i;

/** In order of place, none inside another. */
export function findVolatileText(text: string): readonly VolatileText[] {
  const found: VolatileText[] = [];
  for (const { kind, pattern, words } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      if (found.length >= VOLATILE_PLACES_MAX) break;
      const start = match.index;
      const end = start + match[0].length;
      if (found.some((other) => start < other.end && end > other.start)) continue;
      const before = wordsBefore(text, start);
      const certain = !EXAMPLE.test(before) && (words === null || words.test(before));
      found.push({ kind, start, end, certain });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The words of the same line before a place. */
function wordsBefore(text: string, at: number): string {
  const line = text.lastIndexOf("\n", at - 1) + 1;
  return text.slice(Math.max(line, at - WORDS_BEFORE), at);
}

/** A line that says more besides holds instructions, and those are not to be moved by a program. */
export const WORDS_MOVED_CHARACTERS_MAX = 80;

export type SplitText = {
  /** The text without the lines that hold certain volatile places. */
  readonly stable: string;
  /** Those lines. */
  readonly moved: string;
  readonly places: readonly VolatileText[];
};

/** Parts a text into what stays and what moves, by whole lines; `null` when nothing may move. */
export function splitVolatileLines(text: string): SplitText | null {
  const places = findVolatileText(text).filter(({ certain }) => certain);
  if (places.length === 0) return null;
  const stable: string[] = [];
  const moved: string[] = [];
  let at = 0;
  for (const line of text.split("\n")) {
    const end = at + line.length;
    const hits = places.filter((place) => place.start < end && place.end > at);
    const words = hits.reduce((left, place) => left - (place.end - place.start), line.length);
    const moves = hits.length > 0 && words <= WORDS_MOVED_CHARACTERS_MAX;
    (moves ? moved : stable).push(line);
    at = end + 1;
  }
  if (moved.length === 0) return null;
  return { stable: stable.join("\n"), moved: moved.join("\n"), places };
}
