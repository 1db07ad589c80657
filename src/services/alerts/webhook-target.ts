/** Where a webhook goes: checked when it is configured, and its address again each time it is sent. */
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { PurserError } from "../../base/index.ts";
import { isPrivateAddress } from "./private-network.ts";

export type AlertTarget = {
  readonly name: string;
  /** May hold a secret in its path, as Slack's do: never logged. */
  readonly url: string;
  /** Signs what is sent; `null` for none. A secret. */
  readonly secret: string | null;
  readonly format: "purser" | "slack";
  /** Whether it may be in a private network, and be spoken to without encryption. */
  readonly allowPrivate: boolean;
  /** Kinds that are sent there; `null` for all. */
  readonly kinds: readonly string[] | null;
};

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** Errors: `ALERT_TARGET_INVALID`, `ALERT_TARGET_PRIVATE` for an address that is written out. */
export function checkTarget(target: AlertTarget): URL {
  const url = URL.parse(target.url);
  if (url === null) throw invalid(target, "its URL cannot be read");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalid(target, `webhooks go over https, not "${url.protocol.slice(0, 20)}"`);
  }
  if (url.protocol === "http:" && !target.allowPrivate) {
    throw invalid(target, "http is not encrypted, and is for allowed private targets only");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(target, "a URL with a user or a password in it");
  }
  const host = hostOf(url);
  if (isIP(host) !== 0) checkAddress(target, host);
  return url;
}

/**
 * The address to connect to. Every address that the name has must be allowed, so that no second look at
 * the name can lead elsewhere. Errors: `ALERT_TARGET_PRIVATE`, `ALERT_TARGET_UNREACHABLE`.
 */
export async function pinAddress(
  target: AlertTarget,
  url: URL,
  resolve: Resolve,
): Promise<LookupAddress> {
  const host = hostOf(url);
  const version = isIP(host);
  const all = version === 0 ? await resolve(host) : [{ address: host, family: version }];
  for (const { address } of all) checkAddress(target, address);
  const [first] = all;
  if (first === undefined) {
    const what = "its name has no address";
    throw new PurserError("ALERT_TARGET_UNREACHABLE", { what, where: target.name });
  }
  return first;
}

function checkAddress(target: AlertTarget, address: string): void {
  if (target.allowPrivate || !isPrivateAddress(address)) return;
  const what = "it leads into a private network, or to this machine";
  throw new PurserError("ALERT_TARGET_PRIVATE", { what, where: target.name });
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function invalid(target: AlertTarget, what: string): PurserError {
  return new PurserError("ALERT_TARGET_INVALID", { what, where: target.name });
}
