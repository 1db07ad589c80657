/**
 * Takes the long texts of a prompt out of a body before it is parsed. They are most of its bytes, and
 * a text is needed as it came: to be counted and fingerprinted, not to be read. What is left is parsed
 * as any JSON, with a word in the place of each text that no client can have written there.
 */
import { type LocatedPrompt, locateBlocks, locateText } from "./locate-blocks.ts";

/** How a host reads bytes. The defaults need no host, and are slower. */
export type ByteReading = {
  /** The text of a part of the bytes, which are UTF-8. */
  readonly decode: (bytes: Uint8Array, start: number, end: number) => string;
  readonly isUtf8: (bytes: Uint8Array) => boolean;
};

/** A text of the prompt as the client's own bytes. */
export class LongText {
  /** The JSON text, with its quotes. */
  readonly literal: Uint8Array;
  readonly #decode: ByteReading["decode"];

  constructor(literal: Uint8Array, decode: ByteReading["decode"]) {
    this.literal = literal;
    this.#decode = decode;
  }

  /** The literal as it is, for content that is JSON itself. */
  json(): string {
    return this.#decode(this.literal, 0, this.literal.length);
  }

  /** The text that it stands for; what is no JSON text, for the provider to refuse, as it is. */
  text(): string {
    const json = this.json();
    try {
      return JSON.parse(json) as string;
    } catch {
      return json;
    }
  }

  /** Whether anything but white space is in it. Nearly always the first byte says so. */
  hasWords(): boolean {
    const first = this.literal[1] ?? 0;
    const isWord = first > SPACE && first < FIRST_BEYOND_ASCII && first !== BACKSLASH;
    return isWord || this.text().trim() !== "";
  }

  /** Whether the literal, if it is JSON, is what `JSON.stringify` would make of its text. */
  isCanonical(): boolean {
    const { literal } = this;
    // Most texts have no escape at all, and the platform's own search says so at once.
    let at = literal.indexOf(BACKSLASH);
    if (at === -1) return true;
    for (const end = literal.length - 1; at < end; at += 1) {
      if (literal[at] !== BACKSLASH) continue;
      at += 1;
      if (SHORT_ESCAPES[literal[at] ?? 0] !== 1) return false;
    }
    return true;
  }
}

const SPACE = 0x20;
const BACKSLASH = 0x5c;
/** Delete, and from there on bytes that say nothing alone. */
const FIRST_BEYOND_ASCII = 0x7f;
/** The second bytes of the escapes that `JSON.stringify` writes; for all else it has none, or `\u`. */
const SHORT_ESCAPES = new Uint8Array(256);
for (const letter of '"\\bfnrt') SHORT_ESCAPES[letter.charCodeAt(0)] = 1;

/** A shorter text is as soon parsed as passed over. */
export const LONG_TEXT_BYTES_MIN = 512;

/** Begins the words that stand for texts. JSON may hold this character as an escape only. */
const MARK = "\u0001";
const MARK_ESCAPED = "\\u0001";

export type BodyOutline = {
  /** `null` when the outline is not plain. */
  readonly located: LocatedPrompt | null;
  /** `null` when there is nothing to gain by taking texts out. */
  readonly without: BodyWithoutTexts | null;
};

export type BodyWithoutTexts = {
  /** JSON, in which a word of {@link textOf} stands for each text. */
  readonly json: string;
  readonly texts: readonly LongText[];
};

/** `null` when the body is not worth a look, or no UTF-8: then it is parsed whole. */
export function outlineOf(body: Uint8Array, reading: ByteReading): BodyOutline | null {
  if (body.length < LONG_TEXT_BYTES_MIN || isFullOfQuotes(body)) return null;
  if (!reading.isUtf8(body)) return null;
  const located = locateBlocks(body);
  const without = located === null ? null : withoutTextsOf(body, located, reading);
  return { located, without };
}

/** A text keeps the whole body in memory, so the texts must be the greater part of it. */
function withoutTextsOf(
  body: Uint8Array,
  located: LocatedPrompt,
  reading: ByteReading,
): BodyWithoutTexts | null {
  const places = longTextsIn(body, located);
  const texts: LongText[] = [];
  let json = "";
  let from = 0;
  let textBytes = 0;
  for (const { start, end } of places) {
    json += `${reading.decode(body, from, start)}"${MARK_ESCAPED}`;
    json += `${texts.length}"`;
    texts.push(new LongText(body.subarray(start, end), reading.decode));
    textBytes += end - start;
    from = end;
  }
  if (textBytes * 2 < body.length) return null;
  json += reading.decode(body, from, body.length);
  const marks = json.split(MARK_ESCAPED).length - 1;
  return marks === texts.length ? { json, texts } : null;
}

const QUOTE = 0x22;
const SAMPLES = 256;
/** Those of the outline itself, and one for so many bytes beside. */
const QUOTES_OF_OUTLINE = 64;
const BYTES_PER_QUOTE_MIN = 100;

/**
 * Whether it is code, tool calls or short messages: to pass over such a body costs as much as to parse it.
 * Looks at some bytes only; to be wrong costs time and nothing else.
 */
function isFullOfQuotes(body: Uint8Array): boolean {
  const step = body.length / SAMPLES;
  let seen = 0;
  for (let index = 0; index < SAMPLES; index += 1) {
    if (body[Math.floor(index * step)] === QUOTE) seen += 1;
  }
  return seen * step > QUOTES_OF_OUTLINE + body.length / BYTES_PER_QUOTE_MIN;
}

/** The text that a word of the parsed JSON stands for; `null` when the word is the client's own. */
export function longTextOf(word: string, texts: readonly LongText[]): LongText | null {
  if (texts.length === 0 || !word.startsWith(MARK)) return null;
  return texts[Number(word.slice(MARK.length))] ?? null;
}

type Place = { readonly start: number; readonly end: number };

/** The texts of blocks, in the order of the bytes. */
function longTextsIn(body: Uint8Array, located: LocatedPrompt): readonly Place[] {
  const places: Place[] = [];
  for (const block of located.blocks) {
    if (block.end - block.start < LONG_TEXT_BYTES_MIN) continue;
    const place = block.isText ? block : locateText(body, block);
    if (place !== null && place.end - place.start >= LONG_TEXT_BYTES_MIN) places.push(place);
  }
  return places.sort((left, right) => left.start - right.start);
}
