/** Batches and their requests between rows and records. */
import {
  type CallId,
  type ExchangeId,
  estimatedTokenCount,
  instant,
  picoUsd,
} from "../../../base/index.ts";
import type { BatchItemRecord, BatchItemState, BatchRecord } from "../../contracts/index.ts";
import type { BatchItemRow, BatchRow } from "../database.ts";

export function toBatchRow({ creation, batch, createdAt, attributes }: BatchRecord): BatchRow {
  return {
    creation,
    batch,
    created_at: BigInt(createdAt),
    key_id: attributes.key,
    attributes: JSON.stringify(attributes),
  };
}

export function fromBatchRow(row: BatchRow): BatchRecord {
  return {
    creation: row.creation as CallId,
    batch: row.batch,
    createdAt: instant(Number(row.created_at)),
    attributes: JSON.parse(row.attributes),
  };
}

export function toItemRow(creation: CallId, item: BatchItemRecord): BatchItemRow {
  const { inputTokens, outputTokens, amount } = item.worstCase;
  return {
    creation,
    custom_id: item.customId,
    exchange: item.exchange,
    model_asked: item.modelAsked,
    max_tokens: item.maxTokens === null ? null : BigInt(item.maxTokens),
    user_label: item.user,
    worst_input_tokens: BigInt(inputTokens),
    worst_output_tokens: outputTokens === null ? null : BigInt(outputTokens),
    worst_pico_usd: amount,
    booked: 0n,
  };
}

export function fromItemRow(row: BatchItemRow): BatchItemState {
  const { worst_output_tokens: output, worst_pico_usd: amount } = row;
  return {
    customId: row.custom_id,
    exchange: row.exchange as ExchangeId,
    modelAsked: row.model_asked,
    maxTokens: row.max_tokens === null ? null : Number(row.max_tokens),
    user: row.user_label,
    worstCase: {
      inputTokens: estimatedTokenCount(Number(row.worst_input_tokens)),
      outputTokens: output === null ? null : estimatedTokenCount(Number(output)),
      amount: amount === null ? null : picoUsd(amount),
    },
    booked: row.booked !== 0n,
  };
}
