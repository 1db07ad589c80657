/** Which paths go through, and which of them are metered. */
import type { CallId } from "../../base/index.ts";
import { type BatchRoute, batchRouteOf } from "./batches/index.ts";
import { deferredIdOf } from "./deferral/index.ts";

export type Route =
  /** A Messages call: opened and settled in the ledger. */
  | { readonly kind: "metered"; readonly path: string }
  /** A call about batches, whose requests and results are booked. */
  | { readonly kind: "batch"; readonly path: string; readonly batch: BatchRoute }
  /** A deferred call is asked after, or taken back. */
  | { readonly kind: "deferred"; readonly path: string; readonly id: CallId }
  /** Anything else under `/v1/`: passed on, counted, not billed. */
  | { readonly kind: "passed"; readonly path: string }
  | { readonly kind: "unknown" };

const UNKNOWN: Route = { kind: "unknown" };

/**
 * Paths must be in plain form. `/v1//messages`, `/v1/x/../messages` or `/v1/messages#x` could mean a
 * Messages call to the upstream and not to us, and so escape the meter; they are refused. So could
 * `/v1/Messages` to an upstream that does not mind case: it is forwarded as it is, and metered.
 */
export function routeOf(method: string, target: string): Route {
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  if (method === "POST" && path === "/v1/messages") return { kind: "metered", path: target };
  const plain = decoded(path);
  if (plain === null || !plain.startsWith("/v1/") || !isPlain(plain)) return UNKNOWN;
  const isMessages = method === "POST" && /^\/v1\/messages\/?$/i.test(plain);
  if (isMessages) return { kind: "metered", path: target };
  const id = deferredIdOf(plain);
  if (id !== null && (method === "GET" || method === "DELETE")) {
    return { kind: "deferred", path: target, id };
  }
  const batch = batchRouteOf(method, plain);
  return batch === null ? { kind: "passed", path: target } : { kind: "batch", path: target, batch };
}

function decoded(path: string): string | null {
  if (/%2f|%5c|%00/i.test(path)) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

function isPlain(path: string): boolean {
  const inner = path.endsWith("/") ? path.slice(1, -1) : path.slice(1);
  return inner
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && !/[\\;#]/.test(part));
}
