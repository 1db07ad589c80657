import { z } from "zod";
import { formatInstant, formatUsd, type JsonObject } from "../base/index.ts";
import type { LedgerEntry } from "../stores/contracts/index.ts";
import { exchangeOutput, toExchangeOutput } from "./exchange-output.ts";
import { defineOperation } from "./operation.ts";
import { readWindow } from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

const LIMIT_MAX = 10_000;

export const ledgerTail = defineOperation({
  name: "ledger-tail",
  path: ["ledger", "tail"],
  title: "The latest exchanges",
  summary: "Shows the latest exchanges, newest first, or follows new entries as they are written.",
  effects: "reads",
  localFields: ["follow"],
  input: z.strictObject({
    limit: z.int().min(1).max(LIMIT_MAX).default(20).describe("How many."),
    ...windowInput,
    follow: z
      .boolean()
      .default(false)
      .describe("Go on with every new entry until stopped, instead of showing old ones."),
  }),
  output: z.object({ exchanges: z.array(exchangeOutput) }),
  examples: [
    { says: "the last twenty exchanges", input: {} },
    {
      says: "what happens now, as JSON lines",
      shell: "purser ledger tail --follow --json",
      input: { follow: true },
    },
  ],
  async *follow(_input, context) {
    const reader = await context.ledger();
    for await (const entry of reader.tail(context.signal)) yield toItem(entry);
  },
  async run(input, context) {
    const window = readWindow(input, context.clock.now());
    const reader = await context.ledger();
    const found = await reader.exchanges({ ...window, limit: input.limit });
    return { exchanges: found.map(toExchangeOutput) };
  },
});

/** An entry as it is written: half an exchange, so only what this half knows. */
function toItem(entry: LedgerEntry): JsonObject {
  const common = { kind: entry.kind, exchange: entry.exchange, at: formatInstant(entry.at) };
  if (entry.kind === "opened") {
    const { endpoint, user } = entry.attributes;
    return { ...common, model: entry.modelAsked, endpoint, user, stream: entry.stream };
  }
  return {
    ...common,
    model: entry.modelServed,
    outcome: entry.outcome,
    http_status: entry.httpStatus,
    measured_usd: entry.measured === null ? null : formatUsd(entry.measured.total),
    estimated_usd: entry.estimated === null ? null : formatUsd(entry.estimated.total),
    unbilled_reason: entry.unbilledReason,
  };
}
