/** A table as records by the names of its header: quoted fields, any of the usual separators. */
import type { JsonObject } from "../../../base/index.ts";
import { readLines } from "../files/read-lines.ts";

/** Lines that one quoted field may run over. */
const FIELD_LINES_MAX = 10_000;
const SEPARATORS = [",", ";", "\t"] as const;

export type FoundRecord =
  | { readonly kind: "record"; readonly number: number; readonly record: JsonObject }
  | { readonly kind: "unreadable"; readonly number: number; readonly what: string };

/** The header's separator is the table's. A record with another number of fields is told of. */
export async function* readRecords(path: string): AsyncGenerator<FoundRecord> {
  let header: readonly string[] | null = null;
  let separator = ",";
  for await (const row of rowsOf(path, () => separator)) {
    if (row.kind === "unreadable") {
      yield row;
      continue;
    }
    if (header === null) {
      separator = separatorOf(row.text);
      header = (fieldsOf(row.text, separator) ?? []).map((name) => name.trim());
      continue;
    }
    yield recordOf(row, header, separator);
  }
}

type Row =
  | { readonly kind: "row"; readonly number: number; readonly text: string }
  | { readonly kind: "unreadable"; readonly number: number; readonly what: string };

/** Lines, those of one quoted field put together. */
async function* rowsOf(path: string, separator: () => string): AsyncGenerator<Row> {
  let open: { readonly number: number; readonly lines: string[] } | null = null;
  for await (const line of readLines(path)) {
    if (line.kind === "unreadable") {
      yield line;
      continue;
    }
    if (open === null && line.text.trim() === "") continue;
    open ??= { number: line.number, lines: [] };
    open.lines.push(line.text);
    const text = open.lines.join("\n");
    if (fieldsOf(text, separator()) !== null) {
      yield { kind: "row", number: open.number, text };
      open = null;
    } else if (open.lines.length >= FIELD_LINES_MAX) {
      yield { kind: "unreadable", number: open.number, what: "a quote that opens here never ends" };
      open = null;
    }
  }
  if (open === null) return;
  yield { kind: "unreadable", number: open.number, what: "a quote that opens here never ends" };
}

function separatorOf(header: string): string {
  const counts = SEPARATORS.map((separator) => ({
    separator,
    count: fieldsOf(header, separator)?.length ?? 0,
  }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).separator;
}

function recordOf(
  { number, text }: Extract<Row, { kind: "row" }>,
  header: readonly string[],
  separator: string,
): FoundRecord {
  const fields = fieldsOf(text, separator) ?? [];
  if (fields.length !== header.length) {
    const what = `has ${fields.length} fields where the header has ${header.length}`;
    return { kind: "unreadable", number, what };
  }
  const entries = header.map((name, index) => [name, fields[index] ?? ""] as const);
  return { kind: "record", number, record: Object.fromEntries(entries) };
}

/** The fields of a row; `null` while a quote is open. Two quotes in a quoted field are one. */
export function fieldsOf(text: string, separator: string): readonly string[] | null {
  const fields: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] === '"') {
      const quoted = quotedField(text, at);
      if (quoted === null) return null;
      const end = text.indexOf(separator, quoted.end);
      const stop = end === -1 ? text.length : end;
      fields.push(quoted.value + text.slice(quoted.end, stop).trim());
      at = stop + 1;
    } else {
      const end = text.indexOf(separator, at);
      const stop = end === -1 ? text.length : end;
      fields.push(text.slice(at, stop));
      at = stop + 1;
    }
  }
  return fields;
}

function quotedField(
  text: string,
  start: number,
): { readonly value: string; readonly end: number } | null {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return null;
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}
