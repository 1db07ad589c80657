/** A file's bytes, unpacked where its first bytes say that it is compressed. */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import type { Readable, Transform } from "node:stream";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";

/** The largest window that a compressed file may ask for, as a power of two of bytes. */
const ZSTD_WINDOW_LOG_MAX = 27;
const READ_BYTES = 1 << 20;

export type Unpacked = {
  readonly stream: Readable;
  /** The first bytes of a file that is not compressed; none of one that is. */
  readonly plainHead: Buffer;
  /** Lets go of the file, read to its end or not. */
  readonly close: () => void;
};

/** Throws the file system's own errors, and the stream those of the compression. */
export function unpacked(path: string): Unpacked {
  const head = firstBytes(path);
  const unpack = unpackerFor(head);
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  const close = (): void => void file.destroy();
  if (unpack === null) return { stream: file, plainHead: head, close };
  file.on("error", (error) => unpack.destroy(error));
  return { stream: file.pipe(unpack), plainHead: Buffer.alloc(0), close };
}

function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(4);
  const descriptor = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, 4, 0));
  } finally {
    closeSync(descriptor);
  }
}

function unpackerFor(magic: Buffer): Transform | null {
  if (magic.length === 4 && magic.readUInt32LE(0) === 0xfd2fb528) {
    return createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    });
  }
  return magic[0] === 0x1f && magic[1] === 0x8b ? createGunzip() : null;
}
