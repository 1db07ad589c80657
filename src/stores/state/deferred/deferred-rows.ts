/** Deferred calls between rows and records. */
import {
  type CallId,
  estimatedTokenCount,
  type Instant,
  instant,
  picoUsd,
} from "../../../base/index.ts";
import type {
  DeferredState,
  DeferredStatus,
  NewDeferredCall,
  WorstCase,
} from "../../contracts/index.ts";
import type { DeferredCallRow } from "../database.ts";

/** Everything of a row but the sealed texts, which are read only where they are asked for. */
export const STATUS_COLUMNS = [
  "id",
  "key_id",
  "attributes",
  "received_at",
  "deadline_at",
  "api_version",
  "betas",
  "prefix",
  "body_bytes",
  "model",
  "worst_in_batch",
  "worst_in_real_time",
  "identity",
  "webhook",
  "state",
  "creation",
  "fell_back",
  "answered_at",
  "answer_status",
  "answered_by",
  "delivered",
] as const satisfies readonly (keyof DeferredCallRow)[];

export type StatusRow = Pick<DeferredCallRow, (typeof STATUS_COLUMNS)[number]>;

export function toDeferredRow(call: NewDeferredCall): DeferredCallRow {
  return {
    id: call.id,
    key_id: call.key,
    attributes: JSON.stringify(call.attributes),
    received_at: BigInt(call.receivedAt),
    deadline_at: BigInt(call.deadlineAt),
    api_version: call.apiVersion,
    betas: JSON.stringify(call.betas),
    prefix: call.prefix,
    body_bytes: BigInt(call.bodyBytes),
    model: call.model,
    worst_in_batch: toWorstText(call.worstInBatch),
    worst_in_real_time: toWorstText(call.worstInRealTime),
    identity: call.identity,
    webhook: call.webhook,
    state: "waiting",
    creation: null,
    fell_back: 0n,
    body: call.body,
    ...{ answered_at: null, answer_status: null, answered_by: null, answer: null },
    delivered: 0n,
  };
}

export function fromStatusRow(row: StatusRow): DeferredStatus {
  return {
    id: row.id as CallId,
    key: row.key_id,
    attributes: JSON.parse(row.attributes),
    receivedAt: toInstant(row.received_at),
    deadlineAt: toInstant(row.deadline_at),
    apiVersion: row.api_version,
    betas: JSON.parse(row.betas),
    prefix: row.prefix,
    bodyBytes: Number(row.body_bytes),
    model: row.model,
    worstInBatch: fromWorstText(row.worst_in_batch),
    worstInRealTime: fromWorstText(row.worst_in_real_time),
    identity: row.identity,
    webhook: row.webhook,
    state: row.state as DeferredState,
    creation: row.creation as CallId | null,
    fellBack: row.fell_back !== 0n,
    answer: answerOf(row),
    delivered: row.delivered !== 0n,
  };
}

/** Amounts are texts: they may be beyond what a number holds. */
function toWorstText({ inputTokens, outputTokens, amount }: WorstCase): string {
  return JSON.stringify({ inputTokens, outputTokens, amount: amount?.toString() ?? null });
}

function fromWorstText(text: string): WorstCase {
  const { inputTokens, outputTokens, amount } = JSON.parse(text);
  return {
    inputTokens: estimatedTokenCount(inputTokens),
    outputTokens: outputTokens === null ? null : estimatedTokenCount(outputTokens),
    amount: amount === null ? null : picoUsd(BigInt(amount)),
  };
}

function answerOf(row: StatusRow): DeferredStatus["answer"] {
  const { answered_at, answer_status, answered_by } = row;
  if (answered_at === null || answer_status === null || answered_by === null) return null;
  return {
    at: toInstant(answered_at),
    status: Number(answer_status),
    by: answered_by as "batch" | "real-time" | "purser",
  };
}

function toInstant(value: bigint): Instant {
  return instant(Number(value));
}
