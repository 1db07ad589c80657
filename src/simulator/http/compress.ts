/** Response compression as the client asks for it. */
import { promisify } from "node:util";
import * as zlib from "node:zlib";

export type Encoding = "zstd" | "br" | "gzip";

const PREFERRED: readonly Encoding[] = ["zstd", "br", "gzip"];
const ONE_SHOT: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  zstd: promisify(zlib.zstdCompress) as (body: Buffer) => Promise<Buffer>,
  br: promisify(zlib.brotliCompress) as (body: Buffer) => Promise<Buffer>,
  gzip: promisify(zlib.gzip) as (body: Buffer) => Promise<Buffer>,
};

/** The encoding to use, or `null` for none. An encoding refused with `;q=0` is not used. */
export function chooseEncoding(acceptEncoding: string | undefined): Encoding | null {
  const offered = (acceptEncoding ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]?.trim());
  return PREFERRED.find((encoding) => offered.includes(encoding)) ?? null;
}

export function compress(body: Buffer, encoding: Encoding): Promise<Buffer> {
  return ONE_SHOT[encoding](body);
}

/** A compressor whose every write is flushed, so that a stream stays a stream. */
export function compressorFor(
  encoding: Encoding,
): zlib.Gzip | zlib.BrotliCompress | zlib.ZstdCompress {
  const { constants } = zlib;
  switch (encoding) {
    case "gzip":
      return zlib.createGzip({ flush: constants.Z_SYNC_FLUSH });
    case "br":
      return zlib.createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    case "zstd":
      return zlib.createZstdCompress({ flush: constants.ZSTD_e_flush });
  }
}
