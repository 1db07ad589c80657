/** The step "authenticate" of a call: from its header lines, before its body is read. */
import type { ErrorCode, Instant } from "../../../base/index.ts";
import { isWellFormedKey, KEY_PREFIX } from "../../../domain/access/index.ts";
import { keyDigest, keyNameOf } from "../../exchange/index.ts";
import type { GatewaySettings } from "../settings.ts";
import type { KeyGrant, KeyRing } from "./key-ring.ts";

export type Caller = {
  /** `vk_…` of a virtual key, keyed fingerprint of the client's own; `null` when it sent none. */
  readonly key: string | null;
  /** Calls of the same word share the provider's prompt cache. */
  readonly credential: string | null;
  /** What its virtual key allows; `null` for a client with a key of its own. */
  readonly grant: KeyGrant | null;
};

export type Admission =
  | {
      readonly kind: "admitted";
      readonly caller: Caller;
      /** What goes upstream: untouched for a client with a key of its own. */
      readonly headers: string[];
    }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly what: string };

export type AdmissionQuestion = {
  /** Header lines as they go upstream, names and values in turn. */
  readonly forwarded: string[];
  /** By lower-case name. */
  readonly read: ReadonlyMap<string, string>;
  readonly at: Instant;
};

export type AdmissionContext = {
  readonly keyRing: KeyRing;
  readonly settings: Pick<GatewaySettings, "passThrough" | "upstreamKey">;
  /** Keys the fingerprints of clients' own keys. */
  readonly keySecret: string;
};

/** Anywhere in the value and however written: a slip must not send a key of ours upstream. */
const OURS = new RegExp(KEY_PREFIX, "i");

export function admit(context: AdmissionContext, question: AdmissionQuestion): Admission {
  const { read } = question;
  const apiKey = read.get("x-api-key");
  const bearer = read.get("authorization")?.replace(/^bearer\s+/i, "");
  if (apiKey !== undefined && OURS.test(apiKey)) return admitVirtual(context, question, apiKey);
  if (bearer !== undefined && OURS.test(bearer)) return admitVirtual(context, question, bearer);
  return admitOwn(context, question, apiKey ?? bearer ?? "");
}

function admitOwn(
  { settings, keySecret }: AdmissionContext,
  { forwarded }: AdmissionQuestion,
  credential: string,
): Admission {
  if (settings.passThrough === "refuse") {
    const what = "calls pass with a virtual key only, and this one brings none";
    return { kind: "refused", code: "GATEWAY_KEY_REQUIRED", what };
  }
  const key = credential === "" ? null : keyNameOf(credential, keySecret);
  return { kind: "admitted", caller: { key, credential: key, grant: null }, headers: forwarded };
}

/** What looks like a key of ours never goes upstream, whatever becomes of the call. */
function admitVirtual(
  { keyRing, settings }: AdmissionContext,
  { forwarded, at }: AdmissionQuestion,
  text: string,
): Admission {
  if (!isWellFormedKey(text)) {
    const what = "the virtual key is not whole: it was cut off, mistyped or sent twice";
    return { kind: "refused", code: "GATEWAY_KEY_MALFORMED", what };
  }
  const grant = keyRing.find(keyDigest(text), at);
  if (grant === null) {
    return { kind: "refused", code: "GATEWAY_KEY_REFUSED", what: "the virtual key does not hold" };
  }
  if (settings.upstreamKey === null) {
    const what = "the virtual key holds, but Purser has no key of the provider to use for it";
    return { kind: "refused", code: "GATEWAY_UPSTREAM_KEY_MISSING", what };
  }
  const headers = withProviderKey(forwarded, settings.upstreamKey);
  return { kind: "admitted", caller: { key: grant.id, credential: PROVIDER, grant }, headers };
}

const PROVIDER = "provider";

/** Every credential that the client sent stays here; ours stands where the first of them stood. */
function withProviderKey(forwarded: readonly string[], key: string): string[] {
  const headers: string[] = [];
  let isPlaced = false;
  for (let index = 0; index + 1 < forwarded.length; index += 2) {
    const name = forwarded[index] ?? "";
    if (!/^(x-api-key|authorization)$/i.test(name)) headers.push(name, forwarded[index + 1] ?? "");
    else if (!isPlaced) {
      headers.push("x-api-key", key);
      isPlaced = true;
    }
  }
  return headers;
}

/** Where URLs are kept (proxies, logs, the ledger's path), keys would be kept too. */
const KEY_IN_TARGET =
  /purser_[0-9a-z]{20}|sk-ant-|[?&](?:x-api-key|api[-_]?key|key|access_token)=/i;

/** Whether a path with its query has a key in it, written plainly or with escapes. */
export function keyInTarget(target: string): boolean {
  if (KEY_IN_TARGET.test(target)) return true;
  if (!target.includes("%")) return false;
  try {
    return KEY_IN_TARGET.test(decodeURIComponent(target));
  } catch {
    return false;
  }
}
