/** A batch as the simulator keeps it, and as the wire shows it ("message batches: object"). */
import { formatInstant, instant, type JsonObject } from "../../base/index.ts";

export type ItemEnd = "succeeded" | "errored" | "canceled" | "expired";

export type BatchItem = {
  readonly customId: string;
  /** Let go once the item has its result. */
  params: JsonObject | null;
  /** The item's line of the results; `null` while it waits. */
  line: string | null;
  end: ItemEnd | null;
};

export type SimulatedBatch = {
  readonly id: string;
  readonly workspace: string;
  /** Headers of the call that created it: version and betas hold for its requests. */
  readonly headers: Readonly<Record<string, string>>;
  readonly createdMs: number;
  /** When all of it would be done. */
  readonly plannedEndMs: number;
  /** In the order in which they are served. */
  readonly items: readonly BatchItem[];
  /** Index of the first item that has not been looked at yet. */
  next: number;
  cancelInitiatedMs: number | null;
  endedMs: number | null;
};

const HOUR_MS = 3_600_000;
/** "message batches: limits": a batch expires after a day, its results after 29 days. */
export const BATCH_EXPIRES_MS = 24 * HOUR_MS;
export const RESULTS_KEPT_MS = 29 * 24 * HOUR_MS;

export function expiresMs(batch: SimulatedBatch): number {
  return batch.createdMs + BATCH_EXPIRES_MS;
}

export function isArchived(batch: SimulatedBatch, nowMs: number): boolean {
  return nowMs >= batch.createdMs + RESULTS_KEPT_MS;
}

export function batchOnTheWire(batch: SimulatedBatch, nowMs: number, origin: string): JsonObject {
  const { id, cancelInitiatedMs, endedMs } = batch;
  const archived = isArchived(batch, nowMs);
  return {
    id,
    type: "message_batch",
    processing_status:
      endedMs !== null ? "ended" : cancelInitiatedMs !== null ? "canceling" : "in_progress",
    request_counts: countsOf(batch),
    created_at: timeText(batch.createdMs),
    expires_at: timeText(expiresMs(batch)),
    ended_at: endedMs === null ? null : timeText(endedMs),
    cancel_initiated_at: cancelInitiatedMs === null ? null : timeText(cancelInitiatedMs),
    archived_at: archived ? timeText(batch.createdMs + RESULTS_KEPT_MS) : null,
    results_url:
      endedMs === null || archived ? null : `${origin}/v1/messages/batches/${id}/results`,
  };
}

/** All are `processing` until the whole batch has ended. */
function countsOf({ items, endedMs }: SimulatedBatch): JsonObject {
  const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
  if (endedMs === null) return { ...counts, processing: items.length };
  for (const { end } of items) counts[end ?? "processing"] += 1;
  return counts;
}

function timeText(milliseconds: number): string {
  return formatInstant(instant(milliseconds));
}
