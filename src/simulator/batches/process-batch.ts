/**
 * Brings batches up to the present. Requests are served in groups, spread evenly over the time that
 * the batch takes; those of one group cannot read what another of it writes.
 */
import type { SimulatorState } from "../simulator-state.ts";
import { serveItems } from "./serve-items.ts";
import { type BatchItem, expiresMs, type ItemEnd, type SimulatedBatch } from "./simulated-batch.ts";

/** Between the call that cancels and the end of the batch. */
const CANCELING_MS = 1_000;

/** Every batch of every workspace, in the order in which they were made. */
export function processDueBatches(state: SimulatorState): void {
  for (const batch of state.batches.all()) {
    if (batch.endedMs === null) processBatch(state, batch);
  }
}

function processBatch(state: SimulatorState, batch: SimulatedBatch): void {
  const nowMs = state.clock.nowMs();
  const stopsMs = Math.min(batch.cancelInitiatedMs ?? Number.POSITIVE_INFINITY, expiresMs(batch));
  const together = Math.max(1, state.assumptions.batchItemsTogether);
  while (batch.next < batch.items.length) {
    const startMs = startOfGroup(batch, together);
    if (startMs > nowMs || startMs >= stopsMs) break;
    const group = batch.items.slice(batch.next, batch.next + together);
    serveItems(state, batch, { items: group, startMs });
    batch.next += group.length;
  }
  const endMs = endOf(batch);
  if (nowMs < endMs) return;
  const left: ItemEnd = batch.cancelInitiatedMs === null ? "expired" : "canceled";
  for (const item of batch.items.slice(batch.next)) leave(item, left);
  batch.endedMs = endMs;
}

function startOfGroup(batch: SimulatedBatch, together: number): number {
  const groups = Math.ceil(batch.items.length / together);
  const group = Math.floor(batch.next / together);
  const span = batch.plannedEndMs - batch.createdMs;
  return Math.floor(batch.createdMs + (span * (group + 0.5)) / groups);
}

function endOf(batch: SimulatedBatch): number {
  const cancelledMs = batch.cancelInitiatedMs ?? Number.POSITIVE_INFINITY;
  return Math.min(batch.plannedEndMs, expiresMs(batch), cancelledMs + CANCELING_MS);
}

export function leave(item: BatchItem, end: "expired" | "canceled"): void {
  item.end = end;
  item.params = null;
  item.line = JSON.stringify({ custom_id: item.customId, result: { type: end } });
}
