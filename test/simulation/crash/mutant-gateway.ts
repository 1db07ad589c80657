/**
 * A gateway that lies: its ledger says "settled" a little before anything is written, so the last
 * bytes of an answer leave too early. Takes the same arguments as `purser up`; the crash proof must
 * find it out.
 */
import { parseArgs } from "node:util";
import type { LedgerWriter } from "../../../src/stores/contracts/index.ts";
import { wireGateway } from "../wire-gateway.ts";

/** How long the lie lasts. */
const WRITTEN_LATE_BY_MS = 5;

const { values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    json: { type: "boolean" },
    port: { type: "string" },
    "control-port": { type: "string" },
    data: { type: "string" },
    upstream: { type: "string" },
  },
});

function settleTooEarly(ledger: LedgerWriter): LedgerWriter {
  return {
    ...ledger,
    settle: async (entry) => {
      setTimeout(() => void ledger.settle(entry), WRITTEN_LATE_BY_MS);
    },
  };
}

const { data, upstream } = values;
if (data === undefined || upstream === undefined)
  throw new Error("--data and --upstream are needed");
const { gateway, close } = await wireGateway({ data, upstream, aroundLedger: settleTooEarly });
process.once("SIGTERM", () => void close());
process.stdout.write(
  `${JSON.stringify({ gateway: gateway.url, control: gateway.url, token: "none" })}\n`,
);
