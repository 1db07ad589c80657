/** The simulator's own record of what it served, in the auditor's words. */
import type { JsonObject } from "../../src/base/index.ts";
import type { CallRecord, Simulator } from "../../src/simulator/index.ts";
import type { ServedResponse, WireUsage } from "./auditor/index.ts";

/** Every Messages response that was handed over whole, oldest first. */
export function servedBy(simulator: Simulator): readonly ServedResponse[] {
  return simulator.calls().flatMap(servedIn);
}

function servedIn(call: CallRecord): readonly ServedResponse[] {
  const { messageId, model, usage } = call;
  if (call.outcome !== "completed") return [];
  if (messageId === null || model === null || usage === null) return [];
  return [{ messageId, model, usage: wireUsageOf(usage) }];
}

/** The provider's `usage`, with the two lifetimes of cache writes told apart. */
export function wireUsageOf(usage: JsonObject): WireUsage {
  const creation = usage.cache_creation;
  const split = typeof creation === "object" && creation !== null ? creation : {};
  return {
    input_tokens: count(usage.input_tokens),
    output_tokens: count(usage.output_tokens),
    cache_read_input_tokens: count(usage.cache_read_input_tokens),
    write5m: "ephemeral_5m_input_tokens" in split ? count(split.ephemeral_5m_input_tokens) : 0,
    write1h: "ephemeral_1h_input_tokens" in split ? count(split.ephemeral_1h_input_tokens) : 0,
  };
}

/** Absent and `null` are none; anything else that is not a number is a bug worth a stop. */
function count(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== "number") throw new Error(`not a count of tokens: ${String(value)}`);
  return value;
}
