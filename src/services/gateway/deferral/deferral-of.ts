/** The step "defer" of a call: may it wait, until when, and how does its client get the answer. */
import {
  type ErrorCode,
  type Instant,
  isJsonObject,
  type JsonObject,
} from "../../../base/index.ts";
import type { PrefixNode } from "../../../domain/prompt/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import type { Caller } from "../access/index.ts";
import { readDeadline } from "./read-deadline.ts";

export type Deferral =
  /** It is made now, as any other. */
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly what: string }
  | {
      readonly kind: "deferred";
      readonly deadlineAt: Instant;
      readonly delivery: "hold" | "poll";
      /** The client asked for a stream and gets one, all of it at the end. */
      readonly streams: boolean;
      /** As a batch takes it. */
      readonly body: Buffer;
      readonly prefix: string;
    };

export type DeferralQuestion = {
  readonly at: Instant;
  readonly read: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly body: Buffer;
  readonly request: RequestReading;
  readonly nodes: readonly PrefixNode[];
  readonly settings: DeferralSettings;
};

export type DeferralSettings = {
  /** What becomes of a call that asks for a stream and has a deadline. */
  readonly streamedDeferral: "buffer" | "serve" | "refuse";
  /** A call with less time than this is made now. */
  readonly deferralMsMin: number;
};

const NONE: Deferral = { kind: "none" };

export function deferralOf(question: DeferralQuestion): Deferral {
  const { at, read, caller, request, settings } = question;
  const asked = read.get("x-purser-deadline");
  if (asked === undefined) return NONE;
  const deadline = readDeadline(asked, at);
  if (deadline.kind === "invalid") return refused("BATCH_DEADLINE_INVALID", deadline.what);
  const delivery = read.get("x-purser-delivery") ?? "hold";
  if (delivery !== "hold" && delivery !== "poll") {
    return refused("BATCH_DELIVERY_INVALID", `there is no delivery "${delivery.slice(0, 40)}"`);
  }
  if (deadline.at - at < settings.deferralMsMin) return NONE;
  if (request.stream && settings.streamedDeferral === "serve") return NONE;
  if (caller.grant === null) {
    return refused("BATCH_KEY_NEEDED", "only a call with a virtual key can be deferred");
  }
  const params = paramsOf(question);
  if (typeof params === "string") return refused("BATCH_CALL_FORBIDDEN", params);
  return {
    kind: "deferred",
    ...{ deadlineAt: deadline.at, delivery, streams: request.stream },
    body: params,
    prefix: longPrefixOf(question),
  };
}

function refused(code: ErrorCode, what: string): Deferral {
  return { kind: "refused", code, what };
}

/** "message batches: not allowed". */
const FORBIDDEN_FIELDS = ["speed", "thread", "cache_hint", "context_hint"] as const;

/** The body as a batch takes it, or why it takes none. */
function paramsOf({ body, request, settings }: DeferralQuestion): Buffer | string {
  const value = parsed(body);
  if (!isJsonObject(value) || request.kind !== "request") return "it is no Messages request";
  if (value.max_tokens === 0) return "a batch makes no calls with max_tokens: 0";
  const field = FORBIDDEN_FIELDS.find((name) => (value[name] ?? null) !== null);
  if (field !== undefined) return `a batch makes no calls with ${field}`;
  if (billsUser(value)) return "a batch makes no calls that are billed to a user";
  if (!request.stream) return body;
  if (settings.streamedDeferral === "refuse")
    return "a call with a deadline may not ask for a stream";
  const { stream: _stream, ...rest } = value;
  return Buffer.from(JSON.stringify(rest));
}

function billsUser({ billing_policy: policy }: JsonObject): boolean {
  return isJsonObject(policy) && policy.bill_to === "user_profile";
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The longest prefix that the client marks for an hour; the calls that share it share its write. */
function longPrefixOf({ request, nodes }: DeferralQuestion): string {
  if (request.kind !== "request") return "";
  let longest = "";
  let index = 0;
  for (const { cacheLifetime } of request.blocks()) {
    const node = nodes[index];
    if (cacheLifetime === "1h" && node !== undefined) longest = `${request.model} ${node}`;
    index += 1;
  }
  return longest;
}
