/** What a virtual key allows, once the call is known. */
import type { ErrorCode } from "../../../base/index.ts";
import { refusalOf } from "../../../domain/access/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import type { KeyGrant } from "./key-ring.ts";

export type PermissionRefusal = { readonly code: ErrorCode; readonly what: string };

/** Why a Messages call is not allowed; `null` when it is, and for clients with keys of their own. */
export function permissionRefusal(
  grant: KeyGrant | null,
  request: RequestReading,
  { endpoint }: Attributes,
  catalogue: Catalogue,
): PermissionRefusal | null {
  if (grant === null) return null;
  const { model } = request;
  const resolution = model === null ? null : catalogue.resolve(model);
  const refusal = refusalOf(grant.permissions, {
    // Of a body that cannot be read as a prompt, the model may be another to the provider.
    model: request.kind === "unreadable" ? null : model,
    canonicalModel: resolution?.kind === "known" ? resolution.facts.id : null,
    endpoint,
    mayFallBack: request.kind === "request" && request.unbounded.includes("fallbacks"),
  });
  if (refusal === null) return null;
  const code =
    refusal.kind === "model" ? "GATEWAY_MODEL_NOT_ALLOWED" : "GATEWAY_ENDPOINT_NOT_ALLOWED";
  return { code, what: refusal.what };
}

/** Paths under `/v1/` that cost nothing, whatever model they are about. */
const FREE_PATHS = /^\/v1\/(?:messages\/count_tokens|models|files|purser\/calls)(?:\/|\?|$)/;
const FREE_BATCH_READS = /^\/v1\/messages\/batches(?:\/|\?|$)/;

/**
 * Whether a key that is for certain models or endpoints may ask for a path whose body is not read.
 * What could spend on anything is refused rather than let through unseen.
 */
export function maySpendOn(grant: KeyGrant | null, method: string, path: string): boolean {
  if (grant === null) return true;
  const { models, endpoints } = grant.permissions;
  if (models === null && endpoints === null) return true;
  return FREE_PATHS.test(path) || (method !== "POST" && FREE_BATCH_READS.test(path));
}
