/**
 * `npm run proof:estimate`: many random designs run for real through gateway and simulator. Those of
 * constants must cost what was estimated, to the picodollar; of the others, the share inside the interval
 * must not be less than the 90% that it claims, by more than chance.
 *
 *   npm run proof:estimate -- --designs 200
 */
import { parseArgs } from "node:util";
import { formatUsd } from "../../../src/base/index.ts";
import { CONFIDENCE } from "../../../src/domain/workloads/index.ts";
import { compareForReal } from "./compare.ts";
import { constantDesign, varyingDesign } from "./random-designs.ts";

const { values } = parseArgs({
  options: {
    designs: { type: "string", default: "200" },
    constants: { type: "string", default: "30" },
  },
});
const designs = Number(values.designs);
const constants = Number(values.constants);

const exact = await compareForReal(
  Array.from({ length: constants }, (_, index) => constantDesign(1 + index)),
  () => 1,
);
const wrong = exact.filter(({ billed, estimated }) => billed !== estimated);
console.log(`constants       ${exact.length - wrong.length} of ${exact.length} to the picodollar`);
for (const { label, estimated, billed } of wrong) {
  console.log(`  ${label}: estimated ${formatUsd(estimated)}, billed ${formatUsd(billed)}`);
}

const varying = await compareForReal(
  Array.from({ length: designs }, (_, index) => varyingDesign(1 + index)),
  (index) => 10_000 + index,
);
const below = varying.filter(({ billed, low }) => billed < low).length;
const above = varying.filter(({ billed, high }) => billed > high).length;
const share = 1 - (below + above) / varying.length;
const chance = 2.33 * Math.sqrt((CONFIDENCE * (1 - CONFIDENCE)) / varying.length);
console.log(
  `distributions   ${(100 * share).toFixed(1)}% of ${varying.length} days inside, 90% claimed`,
);
console.log(`                ${below} below, ${above} above`);
const off = varying.map(({ billed, estimated }) => Number(billed - estimated) / Number(estimated));
const mean = off.reduce((sum, value) => sum + value, 0) / off.length;
console.log(`                on average ${(100 * mean).toFixed(2)}% over the estimate`);
if (wrong.length > 0 || share < CONFIDENCE - chance) process.exitCode = 1;
