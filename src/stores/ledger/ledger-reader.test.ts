import type { LedgerEntry } from "../contracts/index.ts";
import { makeLedgerBed } from "./ledger-bed.contract.ts";
import { type ContractBed, ledgerReaderContract } from "./ledger-reader.contract.ts";

/** Fills a ledger and compacts it after each of the shares of its entries. */
function bedCompactedAfter(shares: readonly number[]) {
  return async (entries: readonly LedgerEntry[]): Promise<ContractBed> => {
    const bed = await makeLedgerBed();
    let start = 0;
    for (const share of shares) {
      const end = Math.round(entries.length * share);
      await bed.write(entries.slice(start, end));
      await bed.maintenance.compact({ seal: true });
      start = end;
    }
    await bed.write(entries.slice(start));
    const reader = await bed.reader();
    const close = async (): Promise<void> => {
      await reader.close();
      await bed.close();
    };
    return { reader, close };
  };
}

ledgerReaderContract("the journal alone", bedCompactedAfter([]));
ledgerReaderContract("one Parquet part", bedCompactedAfter([1]));
ledgerReaderContract(
  "parts, merged parts and the journal",
  bedCompactedAfter([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.95]),
);
