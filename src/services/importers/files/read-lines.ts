/**
 * A file as lines with their numbers, whatever its compression, encoding and line ends. A line ends
 * with a line feed, a carriage return, or both: other separators of Unicode stand inside JSON texts.
 */
import { type Unpacked, unpacked } from "./unpack.ts";
import { codeOf } from "./walk-files.ts";

/** A longer line is stepped over. */
export const LINE_BYTES_MAX = 64 * 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export type Line =
  | { readonly kind: "text"; readonly number: number; readonly text: string }
  /** A line, or what is left of the file after it, that cannot be read. */
  | { readonly kind: "unreadable"; readonly number: number; readonly what: string };

/** Every line, the empty ones too. Failures of the file come as its last line. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 0;
  let source: Unpacked | null = null;
  try {
    source = unpacked(path);
    const splitter = new LineSplitter(encodingOf(source.plainHead));
    for await (const piece of source.stream) {
      for (const line of splitter.push(piece)) {
        number += 1;
        yield toLine(number, line);
      }
    }
    const last = splitter.end();
    if (last !== null) yield toLine(number + 1, last);
  } catch (error) {
    const what = isDamage(error) ? "its compression is damaged from here on" : codeOf(error);
    yield { kind: "unreadable", number: number + 1, what };
  } finally {
    source?.close();
  }
}

function toLine(number: number, line: string | { readonly what: string }): Line {
  if (typeof line !== "string") return { kind: "unreadable", number, what: line.what };
  return { kind: "text", number, text: line };
}

function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(Z_|ZSTD_|ERR_ZLIB)/.test(code) || code === "ERR_STREAM_PREMATURE_CLOSE";
}

type Encoding = "utf8" | "utf-16le" | "utf-16be";

/** A mark at the beginning, or zero bytes between the characters of what should be plain text. */
function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head.length >= 4 && head[1] === 0 && head[3] === 0) return "utf-16le";
  if (head.length >= 4 && head[0] === 0 && head[2] === 0) return "utf-16be";
  return "utf8";
}

type Split = string | { readonly what: string };

/** Puts lines together from pieces of bytes. */
class LineSplitter {
  readonly #encoding: Encoding;
  readonly #strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  readonly #wide: InstanceType<typeof TextDecoder> | null;
  #parts: Buffer[] = [];
  #bytes = 0;
  #tooLong = false;
  #afterReturn = false;
  #isFirst = true;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
    this.#wide = encoding === "utf8" ? null : new TextDecoder(encoding);
  }

  /** Wide encodings are turned into UTF-8 first, so that bytes can be looked at one by one. */
  *push(piece: Buffer): Generator<Split> {
    const bytes =
      this.#wide === null ? piece : Buffer.from(this.#wide.decode(piece, { stream: true }), "utf8");
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        this.#afterReturn = false;
        continue;
      }
      if (byte === LINE_FEED && this.#afterReturn) {
        this.#afterReturn = false;
        start = at + 1;
        continue;
      }
      this.#keep(bytes.subarray(start, at));
      yield this.#take();
      this.#afterReturn = byte === CARRIAGE_RETURN;
      start = at + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  /** What stands after the last line end; `null` when nothing does. */
  end(): Split | null {
    return this.#bytes === 0 ? null : this.#take();
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#bytes += bytes.length;
    if (this.#bytes > LINE_BYTES_MAX) {
      this.#tooLong = true;
      this.#parts = [];
    } else {
      this.#parts.push(Buffer.from(bytes));
    }
  }

  #take(): Split {
    const whole = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    const tooLong = this.#tooLong;
    this.#parts = [];
    this.#bytes = 0;
    this.#tooLong = false;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (tooLong) return { what: `is longer than ${LINE_BYTES_MAX} bytes` };
    try {
      const text = this.#strict.decode(whole);
      return isFirst && text.startsWith("\ufeff") ? text.slice(1) : text;
    } catch {
      return { what: `is not ${this.#encoding === "utf8" ? "UTF-8" : this.#encoding}` };
    }
  }
}
