/**
 * An incremental parser of server-sent events. Chunks may be cut anywhere: inside a character, a
 * field name, a CRLF. The events that come out, offsets included, do not depend on the cuts.
 */
import { eventName, fieldKind, fieldValue } from "./field-line.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { SseEvent } from "./sse-event.ts";

const LF = 0x0a;
const CR = 0x0d;
const BOM = [0xef, 0xbb, 0xbf] as const;
const NOTHING = new Uint8Array(0);

/** Bytes of one event, above which its data is dropped and the event is marked oversized. */
export const SSE_EVENT_BYTES_MAX = 32 * 1024 * 1024;

export type SseParser = {
  /**
   * The events that end in this chunk. Their bytes may be views into `chunk`: read them before the
   * chunk is overwritten.
   */
  readonly feed: (chunk: Uint8Array) => readonly SseEvent[];
  /** At the end of the stream: the last event when it has data and no blank line ended it. */
  readonly end: () => SseEvent | null;
  /** Bytes fed so far. */
  readonly bytesFed: () => number;
};

export type SseParserOptions = { readonly eventBytesMax?: number };

export function createSseParser(options: SseParserOptions = {}): SseParser {
  const parser = new Parser(options.eventBytesMax ?? SSE_EVENT_BYTES_MAX);
  return {
    feed: (chunk) => parser.feed(chunk),
    end: () => parser.end(),
    bytesFed: () => parser.position,
  };
}

class Parser {
  /** Stream offset of the next byte to be fed. */
  position = 0;
  readonly #eventBytesMax: number;
  readonly #line = new LineBuffer();
  #events: SseEvent[] = [];
  #name: string | null = null;
  #data: Uint8Array[] = [];
  #hasData = false;
  #eventBytes = 0;
  #eventStart: number | null = null;
  #lineStarted = false;
  #afterCr = false;
  #bomSeen = 0;
  #oversized = false;
  /** Whether bytes of the present line were dropped, so that it is not taken for an empty one. */
  #lineDropped = false;

  constructor(eventBytesMax: number) {
    this.#eventBytesMax = eventBytesMax;
  }

  feed(chunk: Uint8Array): readonly SseEvent[] {
    this.#events = [];
    const base = this.position;
    let from = this.#skipBom(chunk);
    let nextCr = -2;
    while (from < chunk.length) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (chunk[from] === LF) {
          from += 1;
          continue;
        }
      }
      if (nextCr !== -1 && nextCr < from) nextCr = chunk.indexOf(CR, from);
      const nextLf = chunk.indexOf(LF, from);
      const end = nextCr === -1 ? nextLf : nextLf === -1 ? nextCr : Math.min(nextLf, nextCr);
      if (!this.#lineStarted) this.#beginLine(base + from);
      if (end === -1) {
        this.#keep(chunk.subarray(from));
        break;
      }
      this.#afterCr = chunk[end] === CR;
      this.#endLine(chunk.subarray(from, end), base + end + 1);
      from = end + 1;
    }
    this.position = base + chunk.length;
    return this.#events;
  }

  end(): SseEvent | null {
    this.#events = [];
    if (this.#lineStarted) this.#endLine(NOTHING, this.position);
    if (this.#hasData || this.#oversized) this.#dispatch(this.position, false);
    const last = this.#events[0] ?? null;
    this.#reset();
    return last;
  }

  /** A byte order mark at the very start is not part of the first line. */
  #skipBom(chunk: Uint8Array): number {
    if (this.#bomSeen < 0) return 0;
    let index = 0;
    while (this.#bomSeen < BOM.length && index < chunk.length) {
      if (chunk[index] !== BOM[this.#bomSeen]) break;
      this.#bomSeen += 1;
      index += 1;
    }
    if (this.#bomSeen < BOM.length && index === chunk.length) return index;
    if (this.#bomSeen > 0 && this.#bomSeen < BOM.length) this.#restoreBom();
    this.#bomSeen = -1;
    return index;
  }

  /** What looked like a mark and was not belongs to the first line after all. */
  #restoreBom(): void {
    this.#beginLine(0);
    this.#keep(Uint8Array.from(BOM.slice(0, this.#bomSeen)));
  }

  #beginLine(offset: number): void {
    this.#lineStarted = true;
    this.#eventStart ??= offset;
  }

  #keep(part: Uint8Array): void {
    this.#eventBytes += part.length;
    if (this.#overLimit()) return;
    this.#line.append(part);
  }

  #endLine(rest: Uint8Array, end: number): void {
    this.#lineStarted = false;
    const empty = rest.length === 0 && this.#line.length === 0 && !this.#lineDropped;
    this.#eventBytes += rest.length;
    this.#lineDropped = false;
    if (empty) {
      if (this.#hasData || this.#oversized) this.#dispatch(end, true);
      this.#reset();
      return;
    }
    if (this.#overLimit()) {
      this.#lineDropped = false;
      return;
    }
    this.#takeField(this.#wholeLine(rest));
  }

  #wholeLine(rest: Uint8Array): Uint8Array {
    if (this.#line.length === 0) return rest;
    this.#line.append(rest);
    return this.#line.take();
  }

  #takeField(line: Uint8Array): void {
    const kind = fieldKind(line);
    if (kind === "other") return;
    const value = fieldValue(line, kind);
    if (kind === "event") {
      this.#name = eventName(value);
      return;
    }
    this.#data.push(value);
    this.#hasData = true;
  }

  #overLimit(): boolean {
    if (this.#eventBytes <= this.#eventBytesMax) return false;
    this.#oversized = true;
    this.#lineDropped = true;
    this.#data = [];
    this.#line.clear();
    return true;
  }

  #dispatch(end: number, terminated: boolean): void {
    this.#events.push({
      name: this.#name,
      dataBytes: this.#oversized ? NOTHING : joinLines(this.#data),
      start: this.#eventStart ?? end,
      end,
      oversized: this.#oversized,
      terminated,
    });
  }

  #reset(): void {
    this.#name = null;
    this.#data = [];
    this.#hasData = false;
    this.#eventBytes = 0;
    this.#eventStart = null;
    this.#oversized = false;
    this.#line.clear();
  }
}

function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  if (lines.length === 1) return lines[0] ?? NOTHING;
  const length = lines.reduce((sum, line) => sum + line.length, Math.max(0, lines.length - 1));
  const joined = new Uint8Array(length).fill(LF);
  let at = 0;
  for (const line of lines) {
    joined.set(line, at);
    at += line.length + 1;
  }
  return joined;
}
