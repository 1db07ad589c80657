/**
 * An honest gateway that compacts its ledger without pause, so that kills come in the middle of a
 * compaction, and a new gateway starts while the compactor of a dead one may still be at work.
 */
import { setTimeout as wait } from "node:timers/promises";
import { openLedgerMaintenance } from "../../../src/stores/ledger/index.ts";
import { runGatewayEntry } from "./gateway-entry.ts";

const PAUSE_MS = 20;

const { data, ledger } = await runGatewayEntry({});
const maintenance = openLedgerMaintenance({ directory: data, writer: ledger });
for (;;) {
  await maintenance.compact({ seal: true });
  await wait(PAUSE_MS);
}
