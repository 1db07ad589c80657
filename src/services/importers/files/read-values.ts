/**
 * The JSON objects of a file, with the line each begins on: one to a line, or the elements of a list,
 * or one document over many lines. Nothing but one object at a time is held.
 */
import { isJsonObject, type JsonObject } from "../../../base/index.ts";
import { type Line, readLines } from "./read-lines.ts";

/** A value that is longer, over however many lines, is stepped over. */
const VALUE_CHARACTERS_MAX = 256 * 1024 * 1024;

export type FoundValue =
  | { readonly kind: "object"; readonly number: number; readonly value: JsonObject }
  | { readonly kind: "unreadable"; readonly number: number; readonly what: string };

/** A first line that is an object by itself says that every line is one. */
export async function* readValues(path: string): AsyncGenerator<FoundValue> {
  let scanner: ValueScanner | null = null;
  let isFirst = true;
  for await (const line of readLines(path)) {
    if (line.kind === "unreadable") {
      yield line;
      continue;
    }
    if (line.text.trim() === "") continue;
    if (isFirst && parsed(line.text) === undefined) scanner = new ValueScanner();
    isFirst = false;
    if (scanner === null) yield valueOfLine(line);
    else yield* scanner.push(line.text, line.number);
  }
  if (scanner !== null) yield* scanner.end();
}

function valueOfLine(line: Extract<Line, { kind: "text" }>): FoundValue {
  const value = parsed(line.text);
  const { number } = line;
  if (value === undefined) return { kind: "unreadable", number, what: brokenness(line.text) };
  if (!isJsonObject(value)) return { kind: "unreadable", number, what: "is no JSON object" };
  return { kind: "object", number, value };
}

/** A line that begins as an object and does not end as one was cut off. */
export function brokenness(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith("{") && !trimmed.endsWith("}")
    ? "is cut off: it begins as a JSON object and does not end as one"
    : "is not JSON";
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Follows brackets and texts over lines, and hands out each object of the outermost list. */
class ValueScanner {
  #text: string[] = [];
  #length = 0;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #begunAt = 0;
  #last = 1;

  *push(line: string, number: number): Generator<FoundValue> {
    this.#last = number;
    let start = this.#depth > 0 ? 0 : -1;
    for (let at = 0; at < line.length; at += 1) {
      const character = line[at];
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (character === "\\") this.#escaped = true;
        else if (character === '"') this.#inText = false;
      } else if (character === '"') {
        this.#inText = true;
      } else if (character === "{" || (character === "[" && this.#depth > 0)) {
        if (this.#depth === 0) {
          start = at;
          this.#begunAt = number;
        }
        this.#depth += 1;
      } else if ((character === "}" || character === "]") && this.#depth > 0) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#keep(line.slice(Math.max(0, start), at + 1));
        yield this.#take();
        start = -1;
      }
    }
    if (this.#depth > 0) this.#keep(`${line.slice(Math.max(0, start))}\n`);
    // A text does not go on over a line end: a quote outside every object is no text either.
    if (this.#depth === 0) this.#inText = false;
  }

  *end(): Generator<FoundValue> {
    if (this.#depth === 0) return;
    const what = `an object that begins here is cut off at line ${this.#last}`;
    yield { kind: "unreadable", number: this.#begunAt, what };
  }

  #keep(text: string): void {
    this.#length += text.length;
    if (this.#length <= VALUE_CHARACTERS_MAX) this.#text.push(text);
  }

  #take(): FoundValue {
    const isTooLong = this.#length > VALUE_CHARACTERS_MAX;
    const value = isTooLong ? undefined : parsed(this.#text.join(""));
    this.#text = [];
    this.#length = 0;
    const number = this.#begunAt;
    if (isTooLong) {
      return { kind: "unreadable", number, what: `is longer than ${VALUE_CHARACTERS_MAX}` };
    }
    if (isJsonObject(value)) return { kind: "object", number, value };
    return { kind: "unreadable", number, what: "is not JSON" };
  }
}
