/**
 * Reads a compressed answer while it passes: a copy is decoded chunk by chunk, and each chunk is
 * released only after the decoder has seen it.
 */
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";

type DecodingStream = ReturnType<typeof createGunzip>;

export type Decoder = {
  /** Decodes `chunk`; `done` is called once everything it yields was handed on. */
  readonly write: (chunk: Buffer, done: () => void) => void;
  readonly end: (done: () => void) => void;
  readonly destroy: () => void;
};

export type DecoderEvents = {
  readonly onBytes: (bytes: Buffer) => void;
  /** Called once, when the bytes are not what their encoding says. */
  readonly onFailure: () => void;
};

/** The decoder for a `content-encoding`; `"none"` when none is needed, `null` when we have none. */
export function decoderFor(encoding: string, events: DecoderEvents): Decoder | "none" | null {
  if (encoding === "" || encoding === "identity") return "none";
  const make = STREAMS[encoding];
  return make === undefined ? null : decodeWith(make, events);
}

/** `deflate` is sent with a zlib header by most and raw by some; the first byte tells. */
const STREAMS: Readonly<Record<string, ((first: number) => DecodingStream) | undefined>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  ...(typeof createZstdDecompress === "function" ? { zstd: () => createZstdDecompress() } : {}),
};

function decodeWith(make: (first: number) => DecodingStream, events: DecoderEvents): Decoder {
  let stream: DecodingStream | null = null;
  let failed = false;
  /** Called one by one as each write, and at last the end, is over, whether it went well or not. */
  const pending: (() => void)[] = [];
  const proceed = (): void => pending.shift()?.();
  const proceedAll = (): void => {
    while (pending.length > 0) proceed();
  };
  const begin = (first: number): DecodingStream => {
    const started = make(first);
    started.on("data", events.onBytes);
    // A stream may end before its last bytes are written: what follows is padding.
    started.on("end", proceedAll);
    started.on("error", () => {
      if (!failed) events.onFailure();
      failed = true;
      proceedAll();
    });
    return started;
  };
  return {
    write: (chunk, done) => {
      if (failed || chunk.length === 0 || stream?.readableEnded === true) {
        done();
        return;
      }
      pending.push(done);
      stream ??= begin(chunk[0] ?? 0);
      stream.write(chunk, proceed);
    },
    end: (done) => {
      if (failed || stream === null || stream.readableEnded) {
        done();
        return;
      }
      // An answer that ends by closing can end while its last bytes are still being decoded.
      pending.push(done);
      stream.end();
    },
    destroy: () => {
      failed = true;
      stream?.destroy();
    },
  };
}
