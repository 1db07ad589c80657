/** What a request of a batch may not ask for ("message batches: not allowed"). */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import type { RequestContext } from "./validate-request.ts";

const FORBIDDEN_FIELDS = ["speed", "thread", "cache_hint", "context_hint"] as const;

export function checkBatchItem(body: JsonObject, context: RequestContext): string | null {
  if (!context.batch) return null;
  if (body.stream === true) return "stream: Streaming is not supported in batches";
  if (body.max_tokens === 0) return "max_tokens: 0 is not supported in batches";
  const field = FORBIDDEN_FIELDS.find((name) => (body[name] ?? null) !== null);
  if (field !== undefined) return `${field}: Not supported in batches`;
  const policy = body.billing_policy;
  return isJsonObject(policy) && policy.bill_to === "user_profile"
    ? "billing_policy: bill_to user_profile is not supported in batches"
    : null;
}
