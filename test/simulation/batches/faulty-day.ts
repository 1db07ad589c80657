/**
 * A day on which everything goes wrong that can: creations fail or lose their answers, requests err
 * and expire, batches are slow, the process is dropped. Throws where a call did not end once, with an
 * answer, by its deadline, or where the ledger is not what the provider billed.
 */
import { isDeepStrictEqual } from "node:util";
import type { CallId } from "../../../src/base/index.ts";
import {
  billedBy,
  type DeferralBed,
  HOUR_MS,
  MINUTE_MS,
  measuredIn,
  startDeferralBed,
} from "./deferral-bed.ts";

export type FaultyDay = {
  readonly calls: number;
  readonly byBatch: number;
  readonly inRealTime: number;
  readonly restarts: number;
};

const CALLS = 60;

export async function playFaultyDay(seed: number): Promise<FaultyDay> {
  await using bed = await startDeferralBed({ seed, batchMs: [5 * MINUTE_MS, 90 * MINUTE_MS] });
  setFaults(bed);
  const ids: CallId[] = [];
  let restarts = 0;
  for (let minute = 0; minute < CALLS; minute += 1) {
    const deadlineMs = (20 + ((minute * 37) % 200)) * MINUTE_MS;
    ids.push(await bed.accept(`call ${minute}`, deadlineMs));
    await bed.pass(MINUTE_MS);
    if (minute % 23 !== seed % 23) continue;
    await bed.crash();
    restarts += 1;
  }
  await bed.pass(4 * HOUR_MS, 2 * MINUTE_MS);
  bed.simulator.setFaults([]);
  await bed.pass(30 * HOUR_MS, 30 * MINUTE_MS);
  const ends = await Promise.all(ids.map((id) => endOf(bed, id)));
  const measured = measuredIn(await bed.rows());
  if (!isDeepStrictEqual(measured, billedBy(bed.simulator))) {
    throw new Error(`seed ${seed}: the ledger is not what the provider billed`);
  }
  const byBatch = ends.filter((by) => by === "batch").length;
  return { calls: CALLS, byBatch, inRealTime: CALLS - byBatch, restarts };
}

function setFaults({ simulator }: DeferralBed): void {
  const create = { part: "batch-call", route: "POST /v1/messages/batches" } as const;
  simulator.setFaults([
    { match: create, fault: { kind: "lost-response" }, probability: 0.2 },
    { match: create, fault: { kind: "server-error" }, probability: 0.2 },
    { match: { part: "batch-call" }, fault: { kind: "overloaded" }, probability: 0.1 },
    { match: { part: "batch-item" }, fault: { kind: "overloaded" }, probability: 0.1 },
    { match: { part: "batch-item" }, fault: { kind: "expire" }, probability: 0.1 },
  ]);
}

/** By what it was answered. */
async function endOf(bed: DeferralBed, id: CallId): Promise<string> {
  const call = await bed.state().deferred.find(id);
  const answer = await bed.answer(id);
  if (call === null || call.answer === null || answer?.status !== 200) {
    throw new Error(`${id} has no good answer: ${JSON.stringify(answer)}`);
  }
  if (call.answer.at > call.deadlineAt) throw new Error(`${id} was answered after its deadline`);
  return call.answer.by;
}
