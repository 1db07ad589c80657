/** `npm run proof:savings`: the coverage of the interval over more runs and several kinds of traffic. */
import { parseArgs } from "node:util";
import { measureSaving } from "../../../src/domain/statistics/index.ts";
import { makeTraffic, runExperiment, type TrafficShape } from "./experiment.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "200" }, seed: { type: "string", default: "1000" } },
});
const runs = Number(values.runs);
const firstSeed = Number(values.seed);

const FOUR_WEEKS = { roots: 12, hours: 672, sessionsPerHour: 0.2 };
const SHAPES: readonly (readonly [string, TrafficShape])[] = [
  ["half of the clients set markers", { ...FOUR_WEEKS, markedShare: 0.5 }],
  ["all clients set markers", { ...FOUR_WEEKS, markedShare: 1 }],
  ["no client sets markers", { ...FOUR_WEEKS, markedShare: 0 }],
];

for (const [name, shape] of SHAPES) {
  let held = 0;
  let error = 0;
  let width = 0;
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    const { trueShare, ...units } = runExperiment(makeTraffic(seed, shape), seed, 0.05);
    const saving = measureSaving({ ...units, level: 0.95 });
    if (saving.kind !== "measured") continue;
    if (saving.low <= trueShare && trueShare <= saving.high) held += 1;
    error += saving.share - trueShare;
    width += saving.high - saving.low;
  }
  const percent = (value: number): string => `${(100 * value).toFixed(2)}%`;
  process.stdout.write(
    `${name}: covered ${percent(held / runs)} of ${runs} runs, mean error ${percent(error / runs)}, ` +
      `mean width ${percent(width / runs)}\n`,
  );
}
