/**
 * `diagnostics`: why a request did not read what the one before it wrote ("cache diagnostics"). A
 * fingerprint is kept only for requests that ask for diagnostics themselves.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { messageParameters, type PromptUnit } from "../prompt/index.ts";
import type { PreparedCall } from "./prepare.ts";

/** Fingerprints kept; the oldest goes first. */
export const FINGERPRINTS_MAX = 10_000;

export type Fingerprint = {
  readonly workspace: string;
  readonly model: string;
  readonly parameters: string;
  readonly units: readonly Pick<PromptUnit, "section" | "key" | "tokens">[];
};

/** The response's `diagnostics`, and the fingerprint kept under the new message's id. */
export function diagnose(
  call: PreparedCall,
  messageId: string,
  known: Map<string, Fingerprint>,
): JsonValue {
  const asked = call.body.diagnostics;
  if (!isJsonObject(asked)) return null;
  const current = fingerprint(call);
  const previousId = asked.previous_message_id;
  const previous = typeof previousId === "string" ? (known.get(previousId) ?? null) : undefined;
  remember(known, messageId, current);
  if (previous === undefined) return null;
  const isKnown = previous !== null && previous.workspace === call.workspace;
  if (!isKnown) return { cache_miss_reason: { type: "previous_message_not_found" } };
  const reason = missReason(previous, current);
  return reason === null ? null : { cache_miss_reason: reason };
}

function fingerprint(call: PreparedCall): Fingerprint {
  return {
    workspace: call.workspace,
    model: `${call.model.id} ${call.speed}`,
    parameters: JSON.stringify(messageParameters(call.body)),
    units: call.prompt.units.map(({ section, prefixHash, tokens }) => ({
      section,
      key: prefixHash,
      tokens,
    })),
  };
}

function remember(known: Map<string, Fingerprint>, id: string, value: Fingerprint): void {
  known.set(id, value);
  const oldest = known.keys().next().value;
  if (known.size > FINGERPRINTS_MAX && oldest !== undefined) known.delete(oldest);
}

function missReason(previous: Fingerprint, current: Fingerprint): JsonObject | null {
  const total = previous.units.reduce((sum, unit) => sum + unit.tokens, 0);
  if (previous.model !== current.model) return missed("model_changed", total);
  const at = previous.units.findIndex((unit, index) => unit.key !== current.units[index]?.key);
  if (at === -1) return null;
  const missedTokens = previous.units.slice(at).reduce((sum, unit) => sum + unit.tokens, 0);
  const section = previous.units[at]?.section ?? "messages";
  if (section === "messages" && previous.parameters !== current.parameters) {
    return { type: "unavailable" };
  }
  return missed(`${section}_changed`, missedTokens);
}

function missed(type: string, tokens: number): JsonObject {
  return { type, cache_missed_input_tokens: tokens };
}
