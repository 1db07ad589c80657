/**
 * Measures the ledger: how many exchanges a second become durable, and how long reports take over a
 * large one.
 *
 *   npm run bench:ledger                        10 million rows, 20,000 users, a million sessions
 *   npm run bench:ledger -- --rows 1000000      a smaller ledger
 *   npm run bench:ledger -- --directory DIR     keeps the ledger there, and uses it again
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureReports } from "./measure-reports.ts";
import { measureWrites } from "./measure-writes.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    rounds: { type: "string", default: "20" },
    directory: { type: "string" },
    only: { type: "string" },
  },
});

console.log(`node bench/ledger/run.ts ${process.argv.slice(2).join(" ")}`.trim());
console.log(`${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}`);
if (values.only !== "reports") await measureWrites([1, 32, 128]);
if (values.only !== "writes") {
  await measureReports({
    rows: Number(values.rows),
    rounds: Number(values.rounds),
    directory: values.directory ?? null,
  });
}
