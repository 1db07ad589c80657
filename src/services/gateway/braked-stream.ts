/**
 * The end that Purser gives a stream which a limit stops ("streaming: sequence"): the open block is
 * closed and the message ends as at `max_tokens`, so that a client takes what it has for whole. A
 * comment and a trailing event of our own say why; clients of the API pass over both.
 */
import type { JsonObject } from "../../base/index.ts";
import type { SettledEntry } from "../../stores/contracts/index.ts";

export type Brake = {
  readonly openBlock: number | null;
  readonly code: string;
  readonly what: string;
  readonly entry: SettledEntry;
};

export function brakedEnd({ openBlock, code, what, entry }: Brake): string {
  const delta = { stop_reason: "max_tokens", stop_sequence: null };
  return [
    `: purser ended this answer: ${what.replaceAll(/[\r\n]/g, " ")}\n\n`,
    openBlock === null ? "" : event({ type: "content_block_stop", index: openBlock }),
    event({ type: "message_delta", delta, usage: usageSoFar(entry) }),
    event({ type: "message_stop" }),
    event({ type: "purser_stop", code, message: what, exchange: entry.exchange }),
  ].join("");
}

/** As the provider reported it, with the output that it had not counted yet as an estimate. */
function usageSoFar({ measured, estimated }: SettledEntry): JsonObject {
  const output = (measured?.usage.outputTokens ?? 0) + (estimated?.outputTokens ?? 0);
  return { ...measured?.reported, output_tokens: output };
}

function event(data: JsonObject): string {
  return `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
}
