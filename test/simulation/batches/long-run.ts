/**
 * `npm run proof:deferral [-- --seeds 50 --first 1 --kills 100]`: many faulty days, each with another
 * seed; then a gateway process that is killed again and again. Ends with 1 at the first call that did
 * not end once, in time, at its right cost.
 */
import { parseArgs } from "node:util";
import { playFaultyDay } from "./faulty-day.ts";
import { playKills } from "./kill-run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    first: { type: "string", default: "1" },
    kills: { type: "string", default: "100" },
  },
});

const first = Number(values.first);
const sum = { calls: 0, byBatch: 0, inRealTime: 0, restarts: 0 };
for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  const day = await playFaultyDay(seed);
  sum.calls += day.calls;
  sum.byBatch += day.byBatch;
  sum.inRealTime += day.inRealTime;
  sum.restarts += day.restarts;
  console.log(`seed ${seed}: ${day.byBatch} by batch, ${day.inRealTime} in real time`);
}
console.log(
  `${values.seeds} days, ${sum.calls} calls, ${sum.restarts} restarts: every call ended once, by its ` +
    `deadline, with an answer (${sum.byBatch} by batch, ${sum.inRealTime} in real time), and the ledger ` +
    "is the provider's bill.",
);

const run = await playKills(first, Number(values.kills));
console.log(
  `${run.kills} kills, ${run.calls} acknowledged calls, ${run.lost} that nobody heard of: every ` +
    "acknowledged call was answered, and the ledger is the provider's bill.",
);
