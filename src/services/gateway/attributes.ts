/**
 * Who and what a call belongs to, from its headers and `metadata.user_id`. A label that cannot be
 * used is dropped and counted: a bad label never stops a call that somebody pays for.
 */
import type { Attributes } from "../../stores/contracts/index.ts";
import type { Caller, KeyGrant } from "./access/index.ts";
import type { GatewaySettings } from "./settings.ts";

export type Attribution = {
  readonly attributes: Attributes;
  /** Names of the labels that were dropped. */
  readonly dropped: readonly string[];
};

export type AttributionQuestion = {
  readonly caller: Caller;
  readonly headers: ReadonlyMap<string, string>;
  readonly metadataUserId: string | null;
  readonly limits: Pick<GatewaySettings, "labelBytesMax" | "tagCountMax">;
};

export function attribute(question: AttributionQuestion): Attribution {
  const { headers, limits } = question;
  const dropped: string[] = [];
  const own = (name: string): string | null => {
    const value = headers.get(name);
    if (value === undefined) return null;
    const label = labelOf(value, limits.labelBytesMax);
    if (label === null) dropped.push(name);
    return label;
  };
  const told = readMetadataUser(question.metadataUserId, limits.labelBytesMax);
  const attributes: Attributes = {
    key: question.caller.key,
    user: own("x-purser-user") ?? told.user,
    userType: own("x-purser-user-type"),
    team: own("x-purser-team"),
    endpoint: own("x-purser-endpoint"),
    session: own("x-purser-session") ?? own("x-claude-code-session-id") ?? told.session,
    tags: tagsOf(headers.get("x-purser-tags"), limits, dropped),
    client: clientOf(headers.get("user-agent")),
  };
  const { grant } = question.caller;
  return { attributes: grant === null ? attributes : withGrant(attributes, grant, own), dropped };
}

/** What a virtual key says of its calls goes before what the client says, unless the key lets it. */
function withGrant(
  told: Attributes,
  grant: KeyGrant,
  own: (name: string) => string | null,
): Attributes {
  const pick = (name: string, ours: string | null, other: string | null): string | null => {
    if (ours === null) return other;
    return grant.mayOverride ? (own(name) ?? ours) : ours;
  };
  return {
    ...told,
    user: pick("x-purser-user", grant.user, told.user),
    userType: pick("x-purser-user-type", grant.userType, told.userType),
    team: pick("x-purser-team", grant.team, told.team),
    endpoint: told.endpoint ?? grant.endpoint,
    tags: grant.mayOverride ? { ...grant.tags, ...told.tags } : { ...told.tags, ...grant.tags },
  };
}

/** Headers come as Latin-1; a label written in UTF-8 is read as such. `null` when it cannot be used. */
function labelOf(value: string, bytesMax: number): string | null {
  const text = /[\x80-\xff]/.test(value) ? fromUtf8(value) : value;
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > bytesMax || hasControls(trimmed)) return null;
  return Buffer.byteLength(trimmed) > bytesMax ? null : trimmed;
}

function fromUtf8(latin1: string): string {
  const decoded = Buffer.from(latin1, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? latin1 : decoded;
}

function hasControls(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return true;
  }
  return false;
}

/** `name=value, name=value`. Names are lower-case words; a later one of the same name wins. */
function tagsOf(
  value: string | undefined,
  limits: AttributionQuestion["limits"],
  dropped: string[],
): Readonly<Record<string, string>> {
  if (value === undefined) return NO_TAGS;
  const tags: Record<string, string> = {};
  let count = 0;
  for (const part of value.split(",", limits.tagCountMax * 4)) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals)).trim().toLowerCase();
    const label = labelOf(part.slice(equals + 1), limits.labelBytesMax);
    if (label === null || !TAG_NAME.test(name) || count >= limits.tagCountMax) {
      if (part.trim() !== "") dropped.push("x-purser-tags");
      continue;
    }
    count += Object.hasOwn(tags, name) ? 0 : 1;
    tags[name] = label;
  }
  return tags;
}

const NO_TAGS: Readonly<Record<string, string>> = {};
const TAG_NAME = /^(?!__proto__$)[a-z0-9_][a-z0-9_.-]{0,63}$/;

/** `product/version` from the user agent: the first product, and the version that follows it. */
function clientOf(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null;
  return CLIENT.exec(userAgent.slice(0, 200))?.[0] ?? null;
}

/** `claude-cli/2.1.330`, `curl/8.5.0`, and the SDK's `Anthropic/JS 1.12.0`. */
const CLIENT = /^[A-Za-z0-9._-]{1,60}\/[A-Za-z0-9._-]{1,40}(?: \d[\w.-]{0,30})?/;

type ToldUser = { readonly user: string | null; readonly session: string | null };
const NOBODY: ToldUser = { user: null, session: null };

/**
 * Claude Code packs its user and session into `metadata.user_id`: as JSON in newer versions, as
 * `user_X_account_Y_session_Z` before. Anything else is the caller's own name for the user.
 */
function readMetadataUser(value: string | null, bytesMax: number): ToldUser {
  if (value === null) return NOBODY;
  if (value.startsWith("{")) return fromJsonUser(value, bytesMax);
  const packed = PACKED_USER.exec(value);
  if (packed === null) return { user: labelOf(value, bytesMax), session: null };
  const user = packed[2] || packed[1] || null;
  return { user, session: packed[3] ?? null };
}

const PACKED_USER = /^user_([0-9a-f]{1,128})_account_([0-9a-f-]{0,64})_session_([0-9a-f-]{1,64})$/;

function fromJsonUser(value: string, bytesMax: number): ToldUser {
  const told = parsedObject(value.slice(0, 2_000));
  if (told === null) return { user: labelOf(value, bytesMax), session: null };
  const word = (key: string): string | null => {
    const text = told[key];
    return typeof text === "string" ? labelOf(text, bytesMax) : null;
  };
  return { user: word("account_uuid") ?? word("device_id"), session: word("session_id") };
}

function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
