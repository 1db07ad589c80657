/** Billed exchanges slice by slice: a few minutes or hours at a time, so that memory does not grow. */
import { type Instant, instant } from "../../../base/index.ts";
import type { TrafficBatch, TrafficCounts, Window } from "../../contracts/index.ts";
import type { EngineClient } from "../engine/index.ts";
import type { TrafficSlice } from "../queries/index.ts";

/** What is counted together; a batch is made of such slices. */
const SLICE_MS = 60_000;
/** Exchanges of one batch, unless a single minute has more. */
const BATCH_ROWS = 100_000;

export async function trafficCounts(
  engine: EngineClient,
  window: Window,
  timeoutMs: number,
): Promise<TrafficCounts> {
  const slices = await engine.call("trafficSlices", { ...window, sliceMs: SLICE_MS }, timeoutMs);
  const sum = (pick: (slice: TrafficSlice) => number): number =>
    slices.reduce((all, slice) => all + pick(slice), 0);
  return { billed: sum(({ billed }) => billed), withoutBill: sum((slice) => slice.withoutBill) };
}

/** The next batch is asked for while the last one is looked at. */
export async function* streamTraffic(
  engine: EngineClient,
  window: Window,
  timeoutMs: number,
): AsyncGenerator<TrafficBatch> {
  const windows = batchesOf(
    await engine.call("trafficSlices", { ...window, sliceMs: SLICE_MS }, timeoutMs),
    window,
  );
  const ask = (at: number): Promise<TrafficBatch> | null => {
    const next = windows[at];
    const asked = next === undefined ? null : engine.call("traffic", next, timeoutMs);
    // It may fail while nobody waits for it yet.
    asked?.catch(() => undefined);
    return asked;
  };
  let asked = ask(0);
  for (let at = 1; asked !== null; at += 1) {
    const batch = await asked;
    asked = ask(at);
    yield batch;
  }
}

/** Neighbouring slices together, up to the size of a batch; the ends are those of the window. */
function batchesOf(slices: readonly TrafficSlice[], window: Window): readonly Window[] {
  const starts: Instant[] = [];
  let rows = 0;
  for (const { slot, billed } of slices) {
    if (starts.length === 0 || rows + billed > BATCH_ROWS) {
      starts.push(instant(slot * SLICE_MS));
      rows = 0;
    }
    rows += billed;
  }
  return starts.map((start, at) => ({
    since: at === 0 ? window.since : start,
    until: starts[at + 1] ?? window.until,
  }));
}
