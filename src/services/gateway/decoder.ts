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
  /** Called when the pending write is over, whether it went well or not. */
  let pending: (() => void) | null = null;
  const proceed = (): void => {
    const next = pending;
    pending = null;
    next?.();
  };
  const begin = (first: number): DecodingStream => {
    const started = make(first);
    started.on("data", events.onBytes);
    // A stream may end before its last bytes are written: what follows is padding.
    started.on("end", proceed);
    started.on("error", () => {
      if (!failed) events.onFailure();
      failed = true;
      proceed();
    });
    return started;
  };
  return {
    write: (chunk, done) => {
      if (failed || chunk.length === 0) return done();
      pending = done;
      stream ??= begin(chunk[0] ?? 0);
      stream.write(chunk, proceed);
    },
    end: (done) => {
      if (failed || stream === null) return done();
      if (stream.readableEnded) return done();
      pending = done;
      stream.end();
    },
    destroy: () => {
      failed = true;
      stream?.destroy();
    },
  };
}
