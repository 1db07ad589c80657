/** Holds the ledger against the simulator's own invoice: two price tables, two counters, one sum. */
import { formatUsd } from "../../base/index.ts";
import type { Simulator } from "../../simulator/index.ts";
import type { Slice } from "./bill-page/index.ts";

export type BooksCheck = { readonly agrees: boolean; readonly text: string };

/** Compares the calls that completed, to the picodollar. */
export function checkBooks(simulator: Simulator, completed: Slice): BooksCheck {
  const invoiced = simulator
    .calls()
    .filter((call) => call.outcome === "completed" && call.messageId !== null);
  const invoice = invoiced.reduce((sum, call) => sum + call.bill.totalPicoUsd, 0n);
  const agrees = invoice === completed.amount && invoiced.length === completed.count;
  const ledger = `${completed.count} completed calls, $${formatUsd(completed.amount)}`;
  const text = agrees
    ? `Checked: the ledger's ${ledger}, is the simulator's own invoice to the picodollar.`
    : `The books differ: the ledger has ${ledger}; the simulator invoiced ${invoiced.length} calls, ${invoice} picodollars.`;
  return { agrees, text };
}
