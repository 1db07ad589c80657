/** Who may ask: the right host name, no page of another origin, the token. */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import { PurserError } from "../../base/index.ts";

/**
 * Refuses host names that are not ours. A page of the web can point a name of its own at this
 * machine (DNS rebinding); an address cannot be pointed elsewhere, so addresses pass.
 */
export function guardHost(allowedHosts: readonly string[]): MiddlewareHandler {
  const allowed = new Set(["localhost", ...allowedHosts.map((host) => host.toLowerCase())]);
  return async (context, next) => {
    const host = hostNameOf(context.req.header("host"));
    if (host === null || (!allowed.has(host) && isIP(host) === 0)) {
      throw new PurserError("CONTROL_HOST_REFUSED", {
        what: "this is not a name of the control plane",
      });
    }
    const origin = context.req.header("origin");
    if (origin !== undefined && originHost(origin) !== context.req.header("host")?.toLowerCase()) {
      throw new PurserError("CONTROL_ORIGIN_REFUSED", {
        what: "the request comes from another origin",
      });
    }
    await next();
  };
}

/** Compares digests, so that the time taken says nothing of the token, its length included. */
export function guardToken(token: string): MiddlewareHandler {
  const expected = digest(token);
  return async (context, next) => {
    const given = /^Bearer ([\x21-\x7e]+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      const what = given === undefined ? "the token is missing" : "the token is wrong";
      throw new PurserError("CONTROL_TOKEN_INVALID", { what });
    }
    await next();
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function hostNameOf(header: string | undefined): string | null {
  if (header === undefined || !URL.canParse(`http://${header}`)) return null;
  const { hostname, username, pathname } = new URL(`http://${header}`);
  if (username !== "" || pathname !== "/") return null;
  return hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

function originHost(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
