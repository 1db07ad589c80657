/** An exchange as the values of its row, in the order of `COLUMNS`. */
import { type DuckDBValue, listValue, structValue } from "@duckdb/node-api";
import type { BillItem, BillLine } from "../../../domain/billing/index.ts";
import type { MeasuredCharge, OpenedEntry, SettledEntry } from "../../contracts/index.ts";
import { encodedForm } from "../entries/index.ts";
import type { Measure } from "./columns.ts";
import type { ExchangeState } from "./exchange-state.ts";

/** The values of one row, and of its negative when it is replaced. */
export type RowValues = {
  readonly exchange: string;
  readonly openedMs: number;
  readonly settled: boolean;
  readonly positive: readonly DuckDBValue[];
  readonly negative: readonly DuckDBValue[];
};

type Measures = { -readonly [Name in Measure]: bigint };

export function rowOf(state: ExchangeState): RowValues {
  const { opened, settled } = state;
  const measures = measuresOf(settled);
  const before = [state.corrections.length, ...identityOf(opened, settled), ...resultOf(settled)];
  const source = opened.imported?.source ?? null;
  const after = [linesOf(settled?.measured ?? null), detailOf(state), source];
  const values = Object.values(measures);
  return {
    exchange: opened.exchange,
    openedMs: opened.at,
    settled: settled !== null,
    positive: [1, ...before, ...values, ...after],
    negative: [-1, ...before, ...values.map((value) => -value), ...after],
  };
}

function identityOf(opened: OpenedEntry, settled: SettledEntry | null): readonly DuckDBValue[] {
  const { attributes } = opened;
  return [
    opened.exchange,
    opened.call,
    BigInt(opened.at),
    settled === null ? null : BigInt(settled.at),
    settled?.firstByteAt == null ? null : BigInt(settled.firstByteAt),
    settled?.outcome ?? "open",
    settled?.modelServed ?? opened.modelAsked,
    attributes.key,
    attributes.user,
    attributes.userType,
    attributes.team,
    attributes.endpoint,
    attributes.session,
    attributes.client,
    tagsOf(attributes.tags),
    opened.modelAsked,
    settled?.modelServed ?? null,
  ];
}

function resultOf(settled: SettledEntry | null): readonly DuckDBValue[] {
  return [
    settled?.httpStatus ?? null,
    settled?.errorType ?? null,
    settled?.messageId ?? null,
    settled?.requestId ?? null,
    settled?.stopReason ?? null,
  ];
}

/** One text per set of tags, names sorted, so that equal sets are equal texts; `null` for none. */
function tagsOf(tags: Readonly<Record<string, string>>): string | null {
  const names = Object.keys(tags).sort();
  if (names.length === 0) return null;
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, tags[name]])));
}

function measuresOf(settled: SettledEntry | null): Measures {
  const measures: Measures = {
    exchanges: 1n,
    measured_exchanges: settled?.measured?.final === true ? 1n : 0n,
    unpriced_exchanges: hasUnknownCost(settled) ? 1n : 0n,
    open_exchanges: settled === null ? 1n : 0n,
    input_tokens: 0n,
    cache_write_5m_tokens: 0n,
    cache_write_1h_tokens: 0n,
    cache_read_tokens: 0n,
    output_tokens: 0n,
    input_amount: 0n,
    cache_write_amount: 0n,
    cache_read_amount: 0n,
    output_amount: 0n,
    fee_amount: 0n,
    measured_amount: settled?.measured?.total ?? 0n,
    estimated_amount: settled?.estimated?.total ?? 0n,
    showback_amount: settled?.showback ?? 0n,
  };
  for (const line of settled?.measured?.lines ?? []) addLine(measures, line);
  return measures;
}

/** Neither a price nor an estimate: its cost is unknown, which is not the same as nothing. */
function hasUnknownCost(settled: SettledEntry | null): boolean {
  const reason = settled?.unbilledReason ?? null;
  if (settled === null || reason === null) return false;
  const isUnreported = reason === "not-reported" && settled.estimated === null;
  return isUnreported || reason.startsWith("unpriced");
}

const LINE_MEASURES: { readonly [Item in BillItem]: readonly [Measure | null, Measure] } = {
  input: ["input_tokens", "input_amount"],
  cache_write_5m: ["cache_write_5m_tokens", "cache_write_amount"],
  cache_write_1h: ["cache_write_1h_tokens", "cache_write_amount"],
  cache_read: ["cache_read_tokens", "cache_read_amount"],
  output: ["output_tokens", "output_amount"],
  web_search: [null, "fee_amount"],
  code_execution: [null, "fee_amount"],
  session_hour: [null, "fee_amount"],
};

/** An item that a newer Purser wrote is a fee here, so that the amounts still add up. */
function addLine(measures: Measures, line: BillLine): void {
  const [tokens, amount] = LINE_MEASURES[line.item] ?? [null, "fee_amount"];
  if (line.kind === "tokens" && tokens !== null) measures[tokens] += BigInt(line.tokens);
  measures[amount] += line.amount;
}

function linesOf(measured: MeasuredCharge | null): DuckDBValue {
  if (measured === null) return null;
  return listValue(
    measured.lines.map((line) =>
      structValue({
        kind: line.kind,
        item: line.item,
        model: line.model,
        quantity: BigInt(line.kind === "tokens" ? line.tokens : line.quantity),
        unit_amount: line.kind === "tokens" ? line.price : line.unitAmount,
        amount: line.amount,
      }),
    ),
  );
}

const OPENED_IN_COLUMNS = new Set(["kind", "exchange", "call", "at", "attributes", "modelAsked"]);
const SETTLED_IN_COLUMNS = new Set([
  "kind",
  "exchange",
  "at",
  "firstByteAt",
  "outcome",
  "httpStatus",
  "errorType",
  "modelServed",
  "messageId",
  "requestId",
  "stopReason",
]);

/** Everything that has no column of its own, unknown fields included. */
function detailOf(state: ExchangeState): string {
  const opened = restOf(encodedForm(withoutBlocks(state.opened)), OPENED_IN_COLUMNS);
  const attributes = unknownAttributes(state.opened);
  const settled =
    state.settled === null
      ? null
      : restOf(encodedForm(withoutLines(state.settled)), SETTLED_IN_COLUMNS);
  return JSON.stringify({ opened, attributes, settled, corrections: state.corrections });
}

function restOf(value: object, inColumns: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !inColumns.has(name)));
}

function withoutBlocks(opened: OpenedEntry): OpenedEntry {
  if (opened.prompt === null) return opened;
  return { ...opened, prompt: { ...opened.prompt, blocks: [] } };
}

function withoutLines(settled: SettledEntry): SettledEntry {
  const { measured } = settled;
  if (measured === null) return settled;
  return { ...settled, measured: { ...measured, lines: [], ...listPricesOf(measured) } };
}

/**
 * One for each line, in their order: a text, or `null` where the price is the list's. Not a field of
 * the lines' column, so that parts with and without it have one shape.
 */
function listPricesOf({ lines }: MeasuredCharge): object {
  const listPrices = lines.map((line) =>
    line.kind === "tokens" ? (line.listPrice?.toString() ?? null) : null,
  );
  return listPrices.every((price) => price === null) ? {} : { listPrices };
}

const KNOWN_ATTRIBUTES = new Set([
  "key",
  "user",
  "userType",
  "team",
  "endpoint",
  "session",
  "client",
  "tags",
]);

function unknownAttributes(opened: OpenedEntry): object {
  return restOf(opened.attributes, KNOWN_ATTRIBUTES);
}

/** The rows of an exchange's new prompt blocks, in the order of `BLOCK_COLUMNS`. */
export function blockRowsOf(opened: OpenedEntry): readonly (readonly DuckDBValue[])[] {
  const { prompt } = opened;
  if (prompt === null) return [];
  return prompt.blocks.map((block, index) => [
    opened.exchange,
    BigInt(opened.at),
    prompt.parentDepth + index,
    block.fingerprint,
    block.section,
    block.type,
    block.role,
    BigInt(block.bytes),
  ]);
}
