/** Takes in the whole body of a request, up to a limit. */
import type { IncomingMessage } from "node:http";

export type BodyReading =
  | { readonly kind: "whole"; readonly body: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "client-left" };

const EMPTY = Buffer.alloc(0);

export function readBody(
  request: IncomingMessage,
  contentLength: string | undefined,
  bytesMax: number,
): Promise<BodyReading> {
  if (Number(contentLength ?? 0) > bytesMax) return Promise.resolve({ kind: "too-large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        request.pause();
        resolve({ kind: "too-large" });
      } else chunks.push(chunk);
    });
    request.once("end", () => {
      const body = chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks);
      resolve({ kind: "whole", body });
    });
    request.once("error", () => resolve({ kind: "client-left" }));
    request.once("close", () => resolve({ kind: "client-left" }));
  });
}
