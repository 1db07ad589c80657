/**
 * What kind of change stands between two texts that should have been the same: told from the first
 * place where they differ. The answer holds a word and numbers, never a part of either text.
 */

export const TEXT_CHANGES = ["timestamp", "date", "uuid", "counter", "nonce", "text"] as const;
export type TextChangeKind = (typeof TEXT_CHANGES)[number];

export type TextChange = {
  readonly kind: TextChangeKind;
  /** Where it begins in the later text, in UTF-8 bytes. */
  readonly offset: number;
  /** How long it is in the later text, in UTF-8 bytes; 0 where something was taken out. */
  readonly length: number;
};

/** Characters looked at on either side of the first difference. */
const WINDOW_CHARACTERS = 96;
/** Two whole numbers further apart than this were not counted up one from the other. */
const COUNTER_STEP_MAX = 10_000;
const NONCE_CHARACTERS_MIN = 8;
/** A number of so many digits that does not count is drawn by chance. */
const NONCE_DIGITS_MIN = 6;

type Span = { readonly start: number; readonly end: number };

const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
const WEEKDAY = "(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?";
const CLOCK = "\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?: ?[AaPp]\\.?[Mm]\\.?)?";
const ZONE = "(?: ?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?";
const DAY = `(?:\\d{4}[-/]\\d{2}[-/]\\d{2}|\\d{1,2}[./]\\d{1,2}[./]\\d{2,4}|${WEEKDAY}${MONTH} \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}|${WEEKDAY}\\d{1,2} ${MONTH},? \\d{4})`;

/** The longer forms come first: a day is part of a timestamp, and hex is part of a UUID. */
const SHAPES: readonly { readonly kind: TextChangeKind; readonly pattern: RegExp }[] = [
  {
    kind: "uuid",
    pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
  },
  { kind: "timestamp", pattern: new RegExp(`${DAY}(?:T|,? (?:at )?)${CLOCK}${ZONE}`, "g") },
  { kind: "timestamp", pattern: /(?<![\w.])(?:1[0-9]{9}|1[0-9]{12})(?:\.\d{1,6})?(?!\w)/g },
  { kind: "timestamp", pattern: new RegExp(`(?<![\\w:])${CLOCK}${ZONE}(?![\\w:])`, "g") },
  { kind: "date", pattern: new RegExp(`(?<!\\w)${DAY}(?!\\w)`, "g") },
];

/** `null` when the texts are the same. */
export function classifyTextChange(before: string, after: string): TextChange | null {
  if (before === after) return null;
  const at = firstDifference(before, after);
  for (const { kind, pattern } of SHAPES) {
    const span = sameShape(before, after, at, pattern);
    if (span !== null) return changeOf(kind, after, span);
  }
  const token = tokenAround(after, at);
  const kind = tokenKind(textOf(before, tokenAround(before, at)), textOf(after, token));
  return kind === null
    ? changeOf("text", after, { start: at, end: after.length - sharedEnd(before, after, at) })
    : changeOf(kind, after, token);
}

function firstDifference(before: string, after: string): number {
  const length = Math.min(before.length, after.length);
  let at = 0;
  while (at < length && before.charCodeAt(at) === after.charCodeAt(at)) at += 1;
  // A pair of surrogates is one character.
  return at > 0 && isHighSurrogate(after.charCodeAt(at - 1)) ? at - 1 : at;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Characters at the end of both that are the same, down to `from`. */
function sharedEnd(before: string, after: string, from: number): number {
  const most = Math.min(before.length, after.length) - from;
  let count = 0;
  while (
    count < most &&
    before.charCodeAt(before.length - 1 - count) === after.charCodeAt(after.length - 1 - count)
  ) {
    count += 1;
  }
  return count;
}

/** Where both texts have the shape from the same place on, over the first difference. */
function sameShape(before: string, after: string, at: number, pattern: RegExp): Span | null {
  const found = shapeOver(after, at, pattern);
  if (found === null) return null;
  return shapeOver(before, at, pattern)?.start === found.start ? found : null;
}

function shapeOver(text: string, at: number, pattern: RegExp): Span | null {
  const from = Math.max(0, at - WINDOW_CHARACTERS);
  for (const match of text.slice(from, at + WINDOW_CHARACTERS).matchAll(pattern)) {
    const start = from + match.index;
    const end = start + match[0].length;
    if (start <= at && at < end) return { start, end };
  }
  return null;
}

function tokenAround(text: string, at: number): Span {
  let start = at;
  let end = at;
  while (start > 0 && at - start < WINDOW_CHARACTERS && isTokenCharacter(text, start - 1)) {
    start -= 1;
  }
  while (end < text.length && end - at < WINDOW_CHARACTERS && isTokenCharacter(text, end)) end += 1;
  return { start, end };
}

function isTokenCharacter(text: string, index: number): boolean {
  return /[A-Za-z0-9_+/=-]/.test(text.charAt(index));
}

function textOf(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

function tokenKind(before: string, after: string): TextChangeKind | null {
  const counts = countsOf(before, after);
  if (counts !== null) {
    if (Math.abs(counts.after - counts.before) <= COUNTER_STEP_MAX) return "counter";
    return String(counts.after).length >= NONCE_DIGITS_MIN ? "nonce" : "counter";
  }
  return looksRandom(before) && looksRandom(after) ? "nonce" : null;
}

/** Both tokens as one number each, with the same words around it: `17`, `turn-17`, `17/40`. */
function countsOf(before: string, after: string): { before: number; after: number } | null {
  const shape = /\d{1,15}/g;
  const pieces = [before.split(shape), after.split(shape)];
  const numbers = [before.match(shape) ?? [], after.match(shape) ?? []];
  if (pieces[0]?.join("\u0000") !== pieces[1]?.join("\u0000")) return null;
  if (pieces[0]?.some((piece) => piece.length > NONCE_CHARACTERS_MIN * 2) === true) return null;
  const at = numbers[0]?.findIndex((number, index) => number !== numbers[1]?.[index]) ?? -1;
  const left = numbers[0]?.[at];
  const right = numbers[1]?.[at];
  if (left === undefined || right === undefined) return null;
  if (numbers[0] !== undefined && numbers[0].length > 2) return null;
  return { before: Number(left), after: Number(right) };
}

/**
 * Whether no person chose these letters: they change between small, capital and digit more often than
 * names and versions do, or they are a value in hexadecimal.
 */
function looksRandom(token: string): boolean {
  const value = token.slice(token.lastIndexOf("=") + 1);
  const mixed = /[0-9]/.test(value) && /[a-f]/i.test(value);
  if (mixed && HEXADECIMAL.test(value)) return true;
  return value.length >= NONCE_CHARACTERS_MIN && kindChanges(value) >= NONCE_KIND_CHANGES_MIN;
}

/** Even a short one: clients put five such digits into their headers. */
const HEXADECIMAL = /^(?:[0-9a-f]{5,}|[0-9A-F]{5,})$/;
const NONCE_KIND_CHANGES_MIN = 3;

/** How often small letters, capitals and digits take turns. */
function kindChanges(text: string): number {
  const kinds = text
    .replace(/[^A-Za-z0-9]/g, "")
    .replace(/[a-z]+/g, "a")
    .replace(/[A-Z]+/g, "A")
    .replace(/[0-9]+/g, "0");
  return Math.max(0, kinds.length - 1);
}

function changeOf(kind: TextChangeKind, text: string, { start, end }: Span): TextChange {
  return {
    kind,
    offset: utf8Bytes(text, 0, start),
    length: utf8Bytes(text, start, Math.max(start, end)),
  };
}

/** UTF-8 bytes of a part of `text`; a half of a pair counts three, as the encoder has it. */
function utf8Bytes(text: string, from: number, to: number): number {
  let bytes = 0;
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHighSurrogate(unit) && index + 1 < to && isLowSurrogate(text, index + 1)) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
