/** Adds both books up over what the report can tell apart. */
import {
  BOOK_DIMENSIONS,
  type BookDimension,
  type BookGroup,
  type Cell,
  type CostRow,
  type LedgerRow,
  type UsageRow,
} from "./books.ts";

type Sums = { -readonly [Name in keyof Cell]: Cell[Name] };

/** What stands for a dimension that is not set. */
const STANDARD: { readonly [Name in BookDimension]: string } = {
  model: "",
  serviceTier: "standard",
  speed: "standard",
  inferenceGeo: "global",
};
const PRIORITY = "priority";
const WEB_SEARCH = "web_search";

class CellBook {
  readonly #cells = new Map<string, Sums>();

  at(day: number, group: BookGroup, item: string | null): Sums {
    const key = cellKey(day, group, item);
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = {
        ...{ day, group, item, report: 0n, ledger: 0n, imported: 0n, priority: 0n },
      } as Sums;
      cell.unpricedExchanges = 0;
      this.#cells.set(key, cell);
    }
    return cell;
  }

  list(): readonly Cell[] {
    return [...this.#cells.values()].sort(
      (left, right) =>
        left.day - right.day ||
        (cellKey(0, left.group, left.item) < cellKey(0, right.group, right.item) ? -1 : 1),
    );
  }
}

export function cellKey(day: number, group: BookGroup, item: string | null): string {
  return JSON.stringify([day, ...BOOK_DIMENSIONS.map((name) => group[name]), item]);
}

export function tokenCells(
  ledger: readonly LedgerRow[],
  report: readonly UsageRow[],
): readonly Cell[] {
  const given = givenIn(report);
  const book = new CellBook();
  for (const row of report) {
    if (row.quantity > 0n) book.at(row.day, narrow(row, given), row.item).report += row.quantity;
  }
  for (const row of ledger) {
    if (row.item === null || row.quantity === 0n) continue;
    addTo(book.at(row.day, narrow(row, given), row.item), row, row.quantity);
  }
  return book.list();
}

/** Web searches are a sum of their day: the legacy report says of them neither model nor tier. */
export function moneyCells(
  ledger: readonly LedgerRow[],
  report: readonly CostRow[],
): readonly Cell[] {
  const given = givenIn(report);
  const split = report.some(({ item }) => item !== null);
  const book = new CellBook();
  const cellOf = (row: LedgerRow | CostRow): Sums => {
    const item = split ? row.item : null;
    return book.at(row.day, item === WEB_SEARCH ? NOTHING : narrow(row, given), item);
  };
  for (const row of report) cellOf(row).report += row.amount;
  for (const row of ledger) {
    if (row.item !== null) addTo(cellOf(row), row, row.amount);
  }
  return book.list();
}

function addTo(cell: Sums, row: LedgerRow, quantity: bigint): void {
  cell.ledger += quantity;
  if (row.imported) cell.imported += quantity;
  if (row.serviceTier === PRIORITY) cell.priority += quantity;
  cell.unpricedExchanges += row.unpricedExchanges;
}

const NOTHING: BookGroup = { model: null, serviceTier: null, speed: null, inferenceGeo: null };

/** A report that was not grouped by a dimension has it nowhere. */
function givenIn(rows: readonly BookGroup[]): readonly BookDimension[] {
  return BOOK_DIMENSIONS.filter((name) => rows.some((row) => row[name] !== null));
}

function narrow(row: BookGroup, given: readonly BookDimension[]): BookGroup {
  const valueIn = (name: BookDimension): string | null => {
    if (!given.includes(name)) return null;
    const value = row[name];
    return value === null || value === "not_available" ? STANDARD[name] : value;
  };
  return {
    model: valueIn("model"),
    serviceTier: valueIn("serviceTier"),
    speed: valueIn("speed"),
    inferenceGeo: valueIn("inferenceGeo"),
  };
}
