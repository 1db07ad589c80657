/** Takes in the whole body of a request, up to its own limit and to that of all bodies together. */
import type { IncomingMessage } from "node:http";
import type { HeldBody } from "./held-bodies.ts";

export type BodyReading =
  | { readonly kind: "whole"; readonly body: Buffer }
  | { readonly kind: "too-large" }
  /** All bodies together are at their limit. */
  | { readonly kind: "no-room" }
  | { readonly kind: "client-left" };

const EMPTY = Buffer.alloc(0);

export function readBody(
  request: IncomingMessage,
  contentLength: string | undefined,
  { bytesMax, held }: { readonly bytesMax: number; readonly held: HeldBody },
): Promise<BodyReading> {
  if (Number(contentLength ?? 0) > bytesMax) return Promise.resolve({ kind: "too-large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      const kind = bytes > bytesMax ? "too-large" : held.add(chunk.length) ? null : "no-room";
      if (kind === null) chunks.push(chunk);
      else {
        request.pause();
        resolve({ kind });
      }
    });
    request.once("end", () => {
      const body = chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks);
      resolve({ kind: "whole", body });
    });
    request.once("error", () => resolve({ kind: "client-left" }));
    request.once("close", () => resolve({ kind: "client-left" }));
  });
}
