/** A call of others as the ledger takes it: priced by our own list, at the price of its day. */
import { createHash } from "node:crypto";
import {
  type CallId,
  type ExchangeId,
  estimatedTokenCount,
  type JsonObject,
  type PicoUsd,
} from "../../../base/index.ts";
import {
  type BillOutcome,
  computeBill,
  promptTokensOf,
  type Usage,
} from "../../../domain/billing/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import {
  IMPORT_SOURCES,
  type ImportedExchange,
  type OpenedEntry,
  type SettledEntry,
  type Versions,
} from "../../../stores/contracts/index.ts";
import { readUsage } from "../../../wire/messages/index.ts";
import { keyNameOf } from "../../exchange/index.ts";
import type { ImportedCall } from "./imported-call.ts";

export type PricingContext = {
  readonly catalogue: Catalogue;
  readonly versions: Versions;
  /** What keys the fingerprints of credentials. */
  readonly keySecret: string;
};

export type PricedCall =
  | {
      readonly kind: "exchange";
      readonly exchange: ImportedExchange;
      /** What it costs by our list; `null` where it has no price, or is only an estimate. */
      readonly amount: PicoUsd | null;
    }
  | { readonly kind: "unreadable"; readonly what: string };

/** `occurrence` tells apart records of one file that are alike and have no name. */
export function toExchange(
  call: ImportedCall,
  occurrence: number,
  context: PricingContext,
): PricedCall {
  const reading = readUsage(call.usage);
  if (reading.kind === "unreadable") {
    return { kind: "unreadable", what: `${reading.path} ${reading.reason}` };
  }
  const id = idOf(call, occurrence);
  const bill = computeBill({
    catalogue: context.catalogue,
    model: call.model,
    modelAsked: call.modelAsked,
    at: call.startedAt,
    usage: reading.usage,
    stopReason: call.stopReason,
  });
  const settled = settledOf(call, id, { usage: reading.usage, bill });
  return {
    kind: "exchange",
    exchange: { opened: openedOf(call, id, reading.usage, context), settled },
    amount: settled.measured?.total ?? null,
  };
}

/** What a record says, whoever read it and whatever prices were then: the same text for the same record. */
export function contentOf(call: ImportedCall): string {
  const { labels, recordedAmount, ...rest } = call;
  return JSON.stringify([rest, labels, recordedAmount?.toString() ?? null]);
}

/** The message names a call, else its request, else the source's own name for it, else what it says. */
function idOf(call: ImportedCall, occurrence: number): string {
  const { source, messageId, requestId, recordId } = call;
  if (messageId !== null) return named(`message:${messageId}`);
  if (requestId !== null) return named(`request:${requestId}`);
  if (recordId !== null) return named(`${source}:${recordId}`);
  return named(`${source}:${occurrence}:${contentOf(call)}`);
}

const ID_HEX_LENGTH = 26;

function named(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, ID_HEX_LENGTH);
}

const HIGHEST = 9;
const TIME_DIGITS = 15;
const TOKEN_DIGITS = 16;

/** The source first, then the later record, one that ended, the one with more output, and its content. */
function rankOf(call: ImportedCall, usage: Usage): string {
  return [
    HIGHEST - IMPORT_SOURCES.indexOf(call.source),
    String(call.endedAt).padStart(TIME_DIGITS, "0"),
    call.stopReason === null ? 0 : 1,
    String(usage.outputTokens).padStart(TOKEN_DIGITS, "0"),
    named(contentOf(call)),
  ].join("|");
}

function openedOf(
  call: ImportedCall,
  id: string,
  usage: Usage,
  context: PricingContext,
): OpenedEntry {
  const { credential, ...labels } = call.labels;
  return {
    kind: "opened",
    exchange: `im_${id}` as ExchangeId,
    call: `call_im_${id}` as CallId,
    at: call.startedAt,
    path: "/v1/messages",
    modelAsked: call.modelAsked ?? call.model,
    stream: call.stream,
    maxTokens: null,
    requestBytes: 0,
    attributes: {
      ...labels,
      key: credential === null ? null : keyNameOf(credential, context.keySecret),
      userType: null,
    },
    settings: {
      apiVersion: null,
      betas: [],
      serviceTier: usage.serviceTier,
      speed: usage.speed,
      inferenceGeo: usage.inferenceGeo,
      thinking: null,
      effort: null,
      toolChoice: null,
      hasImages: false,
    },
    prompt: null,
    prefixBreak: null,
    worstCase: { inputTokens: estimatedTokenCount(0), outputTokens: null, amount: null },
    versions: context.versions,
    decisions: [],
    arm: null,
    imported: { source: call.source, rank: rankOf(call, usage) },
  };
}

type Priced = { readonly usage: Usage; readonly bill: BillOutcome };

function settledOf(call: ImportedCall, id: string, priced: Priced): SettledEntry {
  return {
    kind: "settled",
    exchange: `im_${id}` as ExchangeId,
    at: call.endedAt,
    firstByteAt: null,
    outcome: "completed",
    httpStatus: null,
    errorType: null,
    modelServed: call.model,
    messageId: call.messageId,
    requestId: call.requestId,
    stopReason: call.stopReason,
    reportedMiss: null,
    responseBytes: 0,
    measured: null,
    estimated: null,
    unbilledReason: null,
    unbilledUsage: null,
    showback: null,
    ...(call.isEstimate ? estimateOf(call, priced) : chargeOf(call.usage, priced)),
  };
}

function chargeOf(reported: JsonObject, { usage, bill }: Priced): Partial<SettledEntry> {
  if (bill.kind !== "billed") {
    const unbilledReason = `${bill.kind}: ${bill.reason}`;
    return { unbilledReason, unbilledUsage: { usage, reported } };
  }
  const { lines, total, basis } = bill.bill;
  const priceDate = basis[0]?.priceDate ?? "";
  return { measured: { usage, reported, lines, total, final: true, priceDate } };
}

function estimateOf(call: ImportedCall, { usage, bill }: Priced): Partial<SettledEntry> {
  if (bill.kind !== "billed") return { unbilledReason: `${bill.kind}: ${bill.reason}` };
  return {
    unbilledReason: "not-reported",
    estimated: {
      inputTokens: estimatedTokenCount(promptTokensOf(usage)),
      outputTokens: estimatedTokenCount(usage.outputTokens),
      total: bill.bill.total,
      basis: `a trace's own counts, priced as ${call.model} without caching`,
    },
  };
}
