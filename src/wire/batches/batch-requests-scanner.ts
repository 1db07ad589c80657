/**
 * Finds the elements of the top-level `requests` list in the bytes of a call that creates a batch,
 * as they pass: a batch may be 256 MB, and no more than one of its requests is held at once. It looks
 * at structure only; each element is parsed by whoever takes it.
 */
export type BatchScanEnd =
  | { readonly kind: "whole" }
  /** Not the JSON of a batch; what was found before stands. */
  | { readonly kind: "unreadable"; readonly reason: string };

export type BatchRequestsScanner = {
  /** The elements that end within these bytes, each as its own bytes. */
  readonly feed: (chunk: Buffer) => readonly Buffer[];
  readonly end: () => BatchScanEnd;
};

export type BatchScannerOptions = { readonly itemBytesMax: number };

export function createBatchRequestsScanner(options: BatchScannerOptions): BatchRequestsScanner {
  return new Scanner(options.itemBytesMax);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
/** A top-level key longer than this is not `requests`. */
const KEY_BYTES_MAX = 64;
const REQUESTS = "requests";

class Scanner implements BatchRequestsScanner {
  readonly #itemBytesMax: number;
  #depth = 0;
  #inString = false;
  /** Backslashes that stand right before the next byte of a string. */
  #escapes = 0;
  /** The bytes of the top-level string that is being read, or was read last; it may be a key. */
  #key: number[] = [];
  #keyIsOver = false;
  #isRequests = false;
  #sawRequests = false;
  #itemStart: number | null = null;
  #itemPieces: Buffer[] = [];
  #itemBytes = 0;
  #isOver = false;
  #failure: string | null = null;

  constructor(itemBytesMax: number) {
    this.#itemBytesMax = itemBytesMax;
  }

  feed(chunk: Buffer): readonly Buffer[] {
    const items: Buffer[] = [];
    let at = 0;
    while (at < chunk.length && this.#failure === null) {
      at = this.#inString ? this.#string(chunk, at) : this.#structure(chunk, at, items);
    }
    this.#keepRest(chunk);
    return items;
  }

  end(): BatchScanEnd {
    if (this.#failure !== null) return { kind: "unreadable", reason: this.#failure };
    if (!this.#isOver) return { kind: "unreadable", reason: "it ends before its end" };
    if (!this.#sawRequests) return { kind: "unreadable", reason: "it has no list of requests" };
    return { kind: "whole" };
  }

  /** Goes on to the end of the string or of the chunk, whichever comes first. */
  #string(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const quote = chunk.indexOf(QUOTE, at);
      const until = quote === -1 ? chunk.length : quote;
      if (this.#depth === 1) this.#addToKey(chunk.subarray(at, until));
      this.#escapes = escapesBefore(chunk, at, until, this.#escapes);
      if (quote === -1) return chunk.length;
      const isEscaped = this.#escapes % 2 === 1;
      this.#escapes = 0;
      at = quote + 1;
      if (!isEscaped) {
        this.#inString = false;
        this.#keyIsOver = true;
        return at;
      }
    }
    return at;
  }

  #addToKey(bytes: Buffer): void {
    for (const byte of bytes.subarray(0, Math.max(0, KEY_BYTES_MAX - this.#key.length))) {
      this.#key.push(byte);
    }
  }

  #structure(chunk: Buffer, at: number, items: Buffer[]): number {
    const byte = chunk[at];
    switch (byte) {
      case QUOTE:
        if (this.#depth === 1) {
          this.#key = [];
          this.#keyIsOver = false;
        }
        this.#inString = true;
        break;
      case COLON:
        if (this.#depth === 1 && this.#keyIsOver) this.#readKey();
        break;
      case COMMA:
        if (this.#depth === 1) this.#isRequests = false;
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#open(byte, at);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#close(chunk, at, items);
        break;
      default:
        break;
    }
    return at + 1;
  }

  /** An escaped key could mean `requests` to the API and not to us. */
  #readKey(): void {
    if (this.#key.includes(BACKSLASH)) this.#failure = "a key of it is escaped";
    this.#isRequests = Buffer.from(this.#key).toString("latin1") === REQUESTS;
  }

  #open(byte: number, at: number): void {
    if (this.#depth === 0) {
      if (this.#isOver || byte !== OPEN_OBJECT) this.#failure = "it is not one JSON object";
    } else if (this.#depth === 1 && this.#isRequests && byte === OPEN_LIST) {
      if (this.#sawRequests) this.#failure = "it has two lists of requests";
      this.#sawRequests = true;
    } else if (this.#depth === 2 && this.#isRequests && byte === OPEN_OBJECT) {
      this.#itemStart = at;
    }
    this.#depth += 1;
  }

  #close(chunk: Buffer, at: number, items: Buffer[]): void {
    this.#depth -= 1;
    if (this.#depth < 0) this.#failure = "it closes more than it opens";
    if (this.#depth === 0) this.#isOver = true;
    const isItem = this.#depth === 2 && this.#isRequests && this.#itemStart !== null;
    if (!isItem || this.#itemStart === null) return;
    const last = chunk.subarray(this.#itemStart, at + 1);
    const pieces = [...this.#itemPieces, last];
    items.push(pieces.length === 1 ? last : Buffer.concat(pieces));
    this.#itemStart = null;
    this.#itemPieces = [];
    this.#itemBytes = 0;
  }

  /** An element that goes on in the next chunk is copied, so that no chunk is kept alive whole. */
  #keepRest(chunk: Buffer): void {
    if (this.#itemStart === null || this.#failure !== null) return;
    const rest = chunk.subarray(this.#itemStart);
    this.#itemBytes += rest.length;
    if (this.#itemBytes > this.#itemBytesMax) {
      this.#failure = `one of its requests is longer than ${this.#itemBytesMax} bytes`;
      this.#itemPieces = [];
      return;
    }
    this.#itemPieces.push(Buffer.from(rest));
    this.#itemStart = 0;
  }
}

/** How many backslashes stand right before `until`; those of the chunk before count on. */
function escapesBefore(chunk: Buffer, from: number, until: number, before: number): number {
  let at = until;
  while (at > from && chunk[at - 1] === BACKSLASH) at -= 1;
  const here = until - at;
  return at === from ? before + here : here;
}
