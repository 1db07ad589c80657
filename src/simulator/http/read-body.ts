/** Reads a request body up to the provider's limits. */
import type { IncomingMessage } from "node:http";

/** "errors and limits": 32 MB for Messages and count_tokens. */
export const REQUEST_BODY_BYTES_MAX = 32 * 1024 * 1024;
/** "message batches: limits": 256 MB for the call that creates a batch. */
export const BATCH_BODY_BYTES_MAX = 256 * 1024 * 1024;

/** The body, or `too-large`, or `gone` when the client left while sending it. */
export function readBody(
  request: IncomingMessage,
  bytesMax = REQUEST_BODY_BYTES_MAX,
): Promise<Buffer | "too-large" | "gone"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else resolve("too-large");
    });
    request.once("end", () =>
      resolve(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)),
    );
    request.once("close", () => resolve("gone"));
    request.once("error", () => resolve("gone"));
  });
}
