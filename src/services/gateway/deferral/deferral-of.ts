/** The step "defer" of a call: may it wait, until when, and how does its client get the answer. */
import {
  type ErrorCode,
  type Instant,
  instant,
  isJsonObject,
  type JsonObject,
} from "../../../base/index.ts";
import type { DeferPolicy } from "../../../domain/policy/index.ts";
import type { PrefixNode } from "../../../domain/prompt/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import type { Caller } from "../access/index.ts";
import { readDeadline } from "./read-deadline.ts";

export type Deferral =
  /** It is made now, as any other. */
  | { readonly kind: "none"; readonly decision: DeferralDecision | null }
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
      /** The policy that defers it; `null` where the call itself says so. */
      readonly policy: string | null;
    };

/** What a policy decided about a call that is made now. */
export type DeferralDecision = {
  readonly policy: string;
  readonly kind: "advise" | "left-alone";
  /** Why it is left alone; empty where it was only advised. */
  readonly reason: string;
};

/** `defer NAME advise`, `defer NAME left-alone no-virtual-key`, as the ledger keeps it. */
export function formatDeferralDecision({ policy, kind, reason }: DeferralDecision): string {
  const words = ["defer", encodeURIComponent(policy.toWellFormed()), kind, reason];
  return words.filter((word) => word !== "").join(" ");
}

export type DeferralQuestion = {
  readonly at: Instant;
  readonly read: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly body: Buffer;
  readonly request: RequestReading;
  readonly nodes: readonly PrefixNode[];
  readonly settings: DeferralSettings;
  /** The policy that the call falls under; asked only where the call says nothing itself. */
  readonly policy: () => DeferPolicy | null;
};

export type DeferralSettings = {
  /** What becomes of a call that asks for a stream and has a deadline. */
  readonly streamedDeferral: "buffer" | "serve" | "refuse";
  /** A call with less time than this is made now. */
  readonly deferralMsMin: number;
};

const NONE: Deferral = { kind: "none", decision: null };

/** The call's own word goes before a policy; `none` opts out of both. */
export function deferralOf(question: DeferralQuestion): Deferral {
  const asked = question.read.get("x-purser-deadline");
  if (asked === undefined) return byPolicy(question);
  if (asked.trim().toLowerCase() === "none") return NONE;
  const { at, caller, request, settings } = question;
  const deadline = readDeadline(asked, at);
  if (deadline.kind === "invalid") return refused("BATCH_DEADLINE_INVALID", deadline.what);
  const delivery = deliveryOf(question, "hold");
  if (delivery === null) return wrongDelivery(question);
  if (deadline.at - at < settings.deferralMsMin) return NONE;
  if (request.stream && settings.streamedDeferral === "serve") return NONE;
  if (caller.grant === null) {
    return refused("BATCH_KEY_NEEDED", "only a call with a virtual key can be deferred");
  }
  const params = paramsOf(question);
  if (typeof params === "string") return refused("BATCH_CALL_FORBIDDEN", params);
  return deferred(question, { deadlineAt: deadline.at, delivery, body: params, policy: null });
}

/** A policy is about traffic that nobody changed: what it cannot defer is made now, never refused. */
function byPolicy(question: DeferralQuestion): Deferral {
  const policy = question.policy();
  if (policy === null) return NONE;
  const { at, caller, request, settings } = question;
  const leave = (reason: string): Deferral => ({
    kind: "none",
    decision: { policy: policy.name, kind: "left-alone", reason },
  });
  const delivery = deliveryOf(question, policy.delivery);
  if (delivery === null) return wrongDelivery(question);
  if (policy.deadlineMs < settings.deferralMsMin) return leave("deadline-too-near");
  if (request.stream && settings.streamedDeferral !== "buffer") return leave("stream");
  if (caller.grant === null) return leave("no-virtual-key");
  const body = paramsOf(question);
  if (typeof body === "string") return leave("not-for-batches");
  if (policy.mode === "advise") {
    return { kind: "none", decision: { policy: policy.name, kind: "advise", reason: "" } };
  }
  const deadlineAt = instant(at + policy.deadlineMs);
  return deferred(question, { deadlineAt, delivery, body, policy: policy.name });
}

type DeferredParts = Pick<
  Extract<Deferral, { kind: "deferred" }>,
  "deadlineAt" | "delivery" | "body" | "policy"
>;

function deferred(question: DeferralQuestion, parts: DeferredParts): Deferral {
  const streams = question.request.stream;
  return { kind: "deferred", ...parts, streams, prefix: longPrefixOf(question) };
}

/** `null` where the call names one that there is not. */
function deliveryOf({ read }: DeferralQuestion, standard: "hold" | "poll"): "hold" | "poll" | null {
  const delivery = read.get("x-purser-delivery") ?? standard;
  return delivery === "hold" || delivery === "poll" ? delivery : null;
}

function wrongDelivery({ read }: DeferralQuestion): Deferral {
  const asked = read.get("x-purser-delivery")?.slice(0, 40);
  return refused("BATCH_DELIVERY_INVALID", `there is no delivery "${asked}"`);
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
