import { assert } from "../../../base/index.ts";
import type { Exchange, LedgerEntry, OpenedEntry } from "../../contracts/index.ts";
import {
  type ExchangeState,
  newestSettled,
  orphanState,
  type RowValues,
  rowOf,
  stateFromExchange,
} from "../rows/index.ts";

export type LiveExchange = {
  readonly state: ExchangeState;
  /** The row that the parts hold of it, when the journal changes an exchange that they have. */
  readonly inParts: RowValues | null;
  /** The row last handed out, to be taken back by the next. */
  emitted: RowValues | null;
};

/** Rows to append for one exchange: the one to take back, and the new one. */
export type RowChange = { readonly takeBack: RowValues | null; readonly row: RowValues };

type Unmatched = Exclude<LedgerEntry, OpenedEntry>;

/** The exchanges that the journal speaks of, by id. */
export class LiveExchanges {
  private readonly exchanges = new Map<string, LiveExchange>();
  private readonly dirty = new Set<string>();
  /** Settlements and corrections of exchanges not seen here: in the parts, or damaged away. */
  private unmatched = new Map<string, Unmatched[]>();

  apply(entry: LedgerEntry): void {
    const waiting = this.unmatched.get(entry.exchange);
    if (entry.kind === "opened") {
      this.open(entry);
    } else if (waiting !== undefined) {
      waiting.push(entry);
    } else {
      const live = this.exchanges.get(entry.exchange);
      if (live === undefined) this.unmatched.set(entry.exchange, [entry]);
      else this.change(live, entry);
    }
  }

  /** Ids that {@link resolve} must be given, where the parts know them. */
  unmatchedIds(): readonly string[] {
    return [...this.unmatched.keys()];
  }

  /** Applies what waited: to the exchanges found in the parts, and to new ones for those that are nowhere. */
  resolve(found: ReadonlyMap<string, Exchange>): void {
    const waiting = this.unmatched;
    this.unmatched = new Map();
    for (const [id, entries] of waiting) {
      const first = entries[0];
      if (first === undefined) continue;
      const live = this.exchanges.get(id) ?? this.adopt(first, found.get(id));
      for (const entry of entries) this.change(live, entry);
    }
  }

  get(id: string): LiveExchange | undefined {
    return this.exchanges.get(id);
  }

  /** The opening of an exchange that is known to be here. */
  opened(id: string): OpenedEntry {
    const live = this.exchanges.get(id);
    assert(live !== undefined, "an exchange with a row is known");
    return live.state.opened;
  }

  all(): Iterable<LiveExchange> {
    return this.exchanges.values();
  }

  /** What changed since the last call, as rows. */
  takeChanges(): readonly RowChange[] {
    const changes: RowChange[] = [];
    for (const id of this.dirty) {
      const live = this.exchanges.get(id);
      if (live === undefined) continue;
      const row = rowOf(live.state);
      changes.push({ takeBack: live.emitted ?? live.inParts, row });
      live.emitted = row;
    }
    this.dirty.clear();
    return changes;
  }

  private open(entry: OpenedEntry): void {
    if (this.exchanges.has(entry.exchange)) return;
    const state = { opened: entry, settled: null, corrections: [] };
    this.exchanges.set(entry.exchange, { state, inParts: null, emitted: null });
    this.dirty.add(entry.exchange);
  }

  private adopt(entry: Unmatched, known: Exchange | undefined): LiveExchange {
    const state = known === undefined ? orphanState(entry) : stateFromExchange(known);
    const inParts = known === undefined ? null : rowOf(state);
    const live = { state, inParts, emitted: null };
    this.exchanges.set(entry.exchange, live);
    return live;
  }

  /** The first settlement stands, the newest correction counts. */
  private change(live: LiveExchange, entry: Unmatched): void {
    if (entry.kind === "settled") {
      if (live.state.settled !== null) return;
      live.state.settled = entry;
    } else {
      live.state.settled = newestSettled(entry);
      live.state.corrections.push(entry.reason);
    }
    this.dirty.add(entry.exchange);
  }
}
