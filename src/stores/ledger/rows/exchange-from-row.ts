/** A row, read with its details and blocks, back to the exchange that it was made of. */
import { isJsonObject } from "../../../base/index.ts";
import type { Exchange, OpenedEntry, SettledEntry } from "../../contracts/index.ts";
import { decodeEntry } from "../entries/index.ts";

type Row = Readonly<Record<string, unknown>>;
type Fields = Record<string, unknown>;

/** `row` holds `DETAIL_COLUMNS` with lists and structs as plain values; `blocks` are in order. */
export function exchangeFromRow(row: Row, blocks: readonly Row[]): Exchange {
  const detail = objectOf(JSON.parse(String(row.detail)));
  const corrections = detail.corrections;
  return {
    opened: openedFromRow(row, detail, blocks),
    settled: settledFromRow(row, detail),
    corrections: Array.isArray(corrections) ? corrections.map(String) : [],
  };
}

function openedFromRow(row: Row, detail: Fields, blocks: readonly Row[]): OpenedEntry {
  const rest = objectOf(detail.opened);
  const prompt = isJsonObject(rest.prompt) ? { ...rest.prompt, blocks: blocks.map(blockOf) } : null;
  const entry = decoded({
    kind: "opened",
    exchange: row.exchange,
    call: row.call,
    at: Number(row.opened_ms),
    attributes: { ...objectOf(detail.attributes), ...attributesOf(row) },
    modelAsked: row.model_asked,
    ...rest,
    prompt,
  });
  return entry as OpenedEntry;
}

function attributesOf(row: Row): object {
  return {
    key: row.key,
    user: row.user,
    userType: row.user_type,
    team: row.team,
    endpoint: row.endpoint,
    session: row.session,
    tags: row.tags === null ? {} : JSON.parse(String(row.tags)),
    client: row.client,
  };
}

function blockOf(row: Row): readonly unknown[] {
  return [row.fingerprint, row.section, row.type, row.role, Number(row.bytes)];
}

function settledFromRow(row: Row, detail: Fields): SettledEntry | null {
  if (!isJsonObject(detail.settled)) return null;
  const rest: Fields = { ...detail.settled };
  const measured = isJsonObject(rest.measured) ? measuredOf(rest.measured, row.lines) : null;
  const entry = decoded({
    kind: "settled",
    exchange: row.exchange,
    at: Number(row.settled_ms),
    firstByteAt: row.first_byte_ms === null ? null : Number(row.first_byte_ms),
    outcome: row.outcome,
    httpStatus: row.http_status,
    errorType: row.error_type,
    modelServed: row.model_served,
    messageId: row.message_id,
    requestId: row.request_id,
    stopReason: row.stop_reason,
    ...rest,
    measured,
  });
  return entry as SettledEntry;
}

function measuredOf(detail: Fields, lines: unknown): object {
  const { listPrices, ...rest } = detail;
  return { ...rest, lines: linesOf(lines, Array.isArray(listPrices) ? listPrices : []) };
}

function linesOf(lines: unknown, listPrices: readonly unknown[]): readonly object[] {
  return (Array.isArray(lines) ? lines : []).map((line: Row, index) => {
    const { kind, item, model } = line;
    const [quantity, unit] = [Number(line.quantity), String(line.unit_amount)];
    const amount = String(line.amount);
    if (kind === "fee") return { kind, item, model, quantity, unitAmount: unit, amount };
    const listPrice = listPrices[index] ?? null;
    const list = listPrice === null ? {} : { listPrice };
    return { kind, item, model, tokens: quantity, price: unit, ...list, amount };
  });
}

/** Through the journal's own decoder, so that both places read an entry alike. */
function decoded(value: object): Exchange["opened"] | SettledEntry {
  const result = decodeEntry(JSON.stringify(value));
  if (result.kind === "unknown") throw new TypeError(`a row is no entry: ${result.problem}`);
  return result.entry as OpenedEntry | SettledEntry;
}

function objectOf(value: unknown): Fields {
  return isJsonObject(value) ? { ...value } : {};
}
