/** Holds the ledger against the provider's reports: tokens first, then money. */
import { DAY_MS } from "../../base/index.ts";
import {
  type Cell,
  type CostRow,
  type Drift,
  type DriftCause,
  HARMLESS_CAUSES,
  type LedgerRow,
  type UsageRow,
} from "./books.ts";
import { cellKey, moneyCells, tokenCells } from "./cells.ts";

export type ReconcileQuestion = {
  /** Of the days that a report is about, and of no others. */
  readonly usage: { readonly ledger: readonly LedgerRow[]; readonly report: readonly UsageRow[] };
  /** `null` without a cost report. */
  readonly cost: {
    readonly ledger: readonly LedgerRow[];
    readonly report: readonly CostRow[];
  } | null;
  /** Up to when each report has everything, in milliseconds since 1970. */
  readonly usageCompleteUntilMs: number;
  readonly costCompleteUntilMs: number;
  /** Millionths of the greater of two figures by which they may differ. */
  readonly tolerancePpm: number;
  /** Models whose price has a step in the prompt's length, which no report shows. */
  readonly steppedModels: ReadonlySet<string>;
};

export type Reconciliation = {
  readonly tokens: readonly Drift[];
  readonly money: readonly Drift[];
  readonly cells: number;
  readonly sums: {
    readonly reportTokens: bigint;
    readonly ledgerTokens: bigint;
    readonly reportAmount: bigint;
    readonly ledgerAmount: bigint;
  };
};

export function reconcile(question: ReconcileQuestion): Reconciliation {
  const { usage, cost, tolerancePpm } = question;
  const tokenBook = tokenCells(usage.ledger, usage.report);
  const moneyBook = cost === null ? [] : moneyCells(cost.ledger, cost.report);
  const tokens = driftsIn(tokenBook, tolerancePpm, tokenCauses(question, tokenBook));
  const money = driftsIn(moneyBook, tolerancePpm, moneyCauses(question, moneyBook, tokens));
  const counted = tokenBook.filter(({ item }) => item !== "web_search");
  return {
    ...{ tokens, money, cells: tokenBook.length + moneyBook.length },
    sums: {
      reportTokens: sum(counted, ({ report }) => report),
      ledgerTokens: sum(counted, ({ ledger }) => ledger),
      reportAmount: sum(moneyBook, ({ report }) => report),
      ledgerAmount: sum(moneyBook, ({ ledger }) => ledger),
    },
  };
}

type FindCause = (cell: Cell) => DriftCause;

function driftsIn(
  cells: readonly Cell[],
  tolerancePpm: number,
  causeOf: FindCause,
): readonly Drift[] {
  return cells
    .filter(({ report, ledger }) => report !== ledger)
    .map((cell) => {
      const difference = cell.report - cell.ledger;
      const cause = causeOf(cell);
      const greater = larger(magnitude(cell.report), magnitude(cell.ledger));
      const beyond = magnitude(difference) * 1_000_000n > greater * BigInt(tolerancePpm);
      return { ...cell, difference, cause, flagged: beyond && !HARMLESS_CAUSES.includes(cause) };
    });
}

function tokenCauses(question: ReconcileQuestion, cells: readonly Cell[]): FindCause {
  const moved = movedIn(cells);
  const estimates = question.usage.ledger.filter(
    ({ estimatedExchanges }) => estimatedExchanges > 0,
  );
  return (cell) => {
    const difference = cell.report - cell.ledger;
    const isLate = (cell.day + 1) * DAY_MS > question.usageCompleteUntilMs;
    if (difference < 0n && isLate) return "late-data";
    const elsewhere = moved(cell);
    if (elsewhere !== null) return elsewhere;
    if (difference < 0n) return cell.imported >= -difference ? "imported" : "not-in-report";
    return difference <= estimatedFor(cell, estimates) ? "estimates" : "not-through-purser";
  };
}

/** The most that calls whose end nobody saw can have used of it: an estimate is a bound. */
function estimatedFor(cell: Cell, estimates: readonly LedgerRow[]): bigint {
  const { model } = cell.group;
  const same = estimates.filter(
    (row) => row.day === cell.day && (model === null || row.model === model),
  );
  if (cell.item === "web_search") return 0n;
  return sum(same, (row) =>
    cell.item === "output" ? row.estimatedOutputTokens : row.estimatedInputTokens,
  );
}

/** The same tokens under another region, or on the day before or after. */
function movedIn(cells: readonly Cell[]): (cell: Cell) => "region" | "day-boundary" | null {
  const differences = new Map<string, bigint>();
  const regions = new Map<string, { total: bigint; places: number }>();
  const anywhere = ({ day, group, item }: Cell): string =>
    cellKey(day, { ...group, inferenceGeo: null }, item);
  for (const cell of cells) {
    const difference = cell.report - cell.ledger;
    differences.set(cellKey(cell.day, cell.group, cell.item), difference);
    if (difference === 0n) continue;
    const { total, places } = regions.get(anywhere(cell)) ?? { total: 0n, places: 0 };
    regions.set(anywhere(cell), { total: total + difference, places: places + 1 });
  }
  return (cell) => {
    const region = regions.get(anywhere(cell));
    if (region !== undefined && region.places > 1 && region.total === 0n) return "region";
    const difference = cell.report - cell.ledger;
    const around = [cell.day - 1, cell.day + 1].map((day) =>
      differences.get(cellKey(day, cell.group, cell.item)),
    );
    return around.includes(-difference) ? "day-boundary" : null;
  };
}

function moneyCauses(
  question: ReconcileQuestion,
  cells: readonly Cell[],
  tokens: readonly Drift[],
): FindCause {
  const moved = movedIn(cells);
  return (cell) => {
    const difference = cell.report - cell.ledger;
    const { model } = cell.group;
    if (cell.priority > 0n && -difference === cell.priority) return "priority-tier";
    const isLate = (cell.day + 1) * DAY_MS > question.costCompleteUntilMs;
    if (difference < 0n && isLate) return "late-data";
    const follows = tokenDriftOf(cell, tokens);
    if (follows !== null) return follows.cause;
    const elsewhere = moved(cell);
    if (elsewhere !== null) return elsewhere;
    if (difference > 0n && cell.unpricedExchanges > 0) return "unpriced";
    return model !== null && question.steppedModels.has(model) ? "context-step" : "price";
  };
}

/**
 * The largest difference in tokens that this one in money can come from: it has the same sign. One
 * that is a finding goes before all that are harmless.
 */
function tokenDriftOf(cell: Cell, tokens: readonly Drift[]): Drift | null {
  const isMore = cell.report > cell.ledger;
  const same = (ours: string | null, theirs: string | null): boolean =>
    ours === null || theirs === null || ours === theirs;
  const found = tokens.filter(
    (drift) =>
      drift.day === cell.day &&
      drift.difference > 0n === isMore &&
      same(cell.item, drift.item) &&
      same(cell.group.model, drift.group.model) &&
      same(cell.group.serviceTier, drift.group.serviceTier) &&
      same(cell.group.inferenceGeo, drift.group.inferenceGeo),
  );
  const weight = ({ flagged, difference }: Drift): readonly [boolean, bigint] => [
    flagged,
    magnitude(difference),
  ];
  return found.reduce<Drift | null>((best, drift) => {
    if (best === null) return drift;
    const [flagged, size] = weight(drift);
    const [bestFlagged, bestSize] = weight(best);
    const isHeavier = flagged === bestFlagged ? size > bestSize : flagged;
    return isHeavier ? drift : best;
  }, null);
}

function sum<Row>(rows: readonly Row[], of: (row: Row) => bigint): bigint {
  return rows.reduce((total, row) => total + of(row), 0n);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
