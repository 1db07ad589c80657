/** An exchange as its entries built it up, in memory. */
import { type CallId, estimatedTokenCount } from "../../../base/index.ts";
import type {
  CorrectedEntry,
  Exchange,
  LedgerEntry,
  OpenedEntry,
  SettledEntry,
} from "../../contracts/index.ts";

export type ExchangeState = {
  readonly opened: OpenedEntry;
  settled: SettledEntry | null;
  readonly corrections: string[];
};

/** The exchange with everything known of it. */
export function toExchange(state: ExchangeState): Exchange {
  return {
    opened: state.opened,
    settled: state.settled,
    corrections: [...state.corrections],
  };
}

export function stateFromExchange(exchange: Exchange): ExchangeState {
  const { opened, settled, corrections } = exchange;
  return { opened, settled, corrections: [...corrections] };
}

/** A correction as the settlement it stands for. */
export function newestSettled(correction: CorrectedEntry): SettledEntry {
  const { reason: _reason, ...rest } = correction;
  return { ...rest, kind: "settled" };
}

/**
 * A settlement whose opening is missing, because damage took it, still counts: its money was spent.
 * What only the opening knew is absent.
 */
export function orphanState(entry: Exclude<LedgerEntry, OpenedEntry>): ExchangeState {
  return { opened: unknownOpening(entry), settled: null, corrections: [] };
}

function unknownOpening(entry: Exclude<LedgerEntry, OpenedEntry>): OpenedEntry {
  return {
    kind: "opened",
    exchange: entry.exchange,
    call: entry.exchange as string as CallId,
    at: entry.at,
    path: "",
    modelAsked: null,
    stream: false,
    maxTokens: null,
    requestBytes: 0,
    attributes: {
      key: null,
      user: null,
      userType: null,
      team: null,
      endpoint: null,
      session: null,
      tags: {},
      client: null,
    },
    settings: {
      apiVersion: null,
      betas: [],
      serviceTier: null,
      speed: null,
      inferenceGeo: null,
      thinking: null,
      effort: null,
      toolChoice: null,
      hasImages: false,
    },
    prompt: null,
    prefixBreak: null,
    worstCase: { inputTokens: estimatedTokenCount(0), outputTokens: null, amount: null },
    versions: { purser: "", config: "", prices: "", policy: "" },
    decisions: ["opening-missing"],
    arm: null,
  };
}
