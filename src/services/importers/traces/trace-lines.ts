/** Reads a trace file line by line, compressed or not; the first bytes say which. */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Transform } from "node:stream";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";

/** The largest window that a compressed trace may ask for, as a power of two of bytes. */
const ZSTD_WINDOW_LOG_MAX = 27;

/**
 * Lines of `path` without their ends, empty ones left out; `onLine` is called before every line, the
 * empty ones included. Throws the file system's own errors.
 */
export async function* traceLines(
  path: string,
  onLine: () => void = () => undefined,
): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const unpack = unpackerFor(firstBytes(path));
  const source = unpack === null ? file : file.pipe(unpack);
  if (unpack !== null) file.on("error", (error) => unpack.destroy(error));
  try {
    for await (const line of createInterface({
      input: source,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      onLine();
      if (line.trim() !== "") yield line;
    }
  } finally {
    file.destroy();
  }
}

function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(4);
  const descriptor = openSync(path, "r");
  try {
    readSync(descriptor, bytes, 0, 4, 0);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

function unpackerFor(magic: Buffer): Transform | null {
  if (magic.readUInt32LE(0) === 0xfd2fb528) {
    return createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    });
  }
  return magic[0] === 0x1f && magic[1] === 0x8b ? createGunzip() : null;
}
