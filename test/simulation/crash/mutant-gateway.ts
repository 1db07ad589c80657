/**
 * A gateway that lies: its ledger says "settled" a little before anything is written, so the last
 * bytes of an answer leave too early. The crash proof must find it out.
 */
import { runGatewayEntry } from "./gateway-entry.ts";

/** How long the lie lasts. */
const WRITTEN_LATE_BY_MS = 5;

await runGatewayEntry({
  aroundLedger: (ledger) => ({
    ...ledger,
    settle: async (entry) => {
      setTimeout(() => void ledger.settle(entry), WRITTEN_LATE_BY_MS);
    },
  }),
});
