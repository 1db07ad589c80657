/**
 * Compacts a ledger and ends itself, by a signal that nothing can catch, when it has done a step for
 * the nth time. A process of its own: `node die-in-compaction.contract.ts DIRECTORY BEFORE STEP NTH`.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../database/index.ts";
import { ledgerLayout } from "../layout.ts";
import { compactLedger } from "./compact.ts";

const [directory = "", before = "0", step = "", nth = "1"] = process.argv.slice(2);
const layout = ledgerLayout(directory);
process.chdir(layout.root);
const spill = join(tmpdir(), `purser-die-${process.pid}`);
const database = await openDatabase({ allowed: ["parts/"], spill });
let seen = 0;
await compactLedger({
  layout,
  connection: await database.connect(),
  before: Number(before),
  journalBytesAtOnce: 1,
  onStep: (done) => {
    if (done === step) seen += 1;
    if (seen === Number(nth)) process.kill(process.pid, "SIGKILL");
  },
});
