import { openLedgerReader } from "../../src/stores/ledger/index.ts";
import type { LedgerRow } from "./auditor/index.ts";
import { rowOfExchange } from "./rows-of-exchanges.ts";

const EXCHANGES_MAX = 10_000;

export async function exportLedger(data: string): Promise<readonly LedgerRow[]> {
  const reader = await openLedgerReader({ directory: data });
  try {
    const exchanges = await reader.exchanges({ since: null, until: null, limit: EXCHANGES_MAX });
    return exchanges.map(rowOfExchange);
  } finally {
    await reader.close();
  }
}
