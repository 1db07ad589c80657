/**
 * A line of JSON back to an entry. The frame's checksum has already shown that the line is what some
 * Purser wrote, so this looks at the discriminators and the amounts, and lets unknown fields through.
 */
import { isJsonObject } from "../../../base/index.ts";
import type { LedgerEntry } from "../../contracts/index.ts";

/** `problem` says in a few words why the line is no entry. */
export type DecodedEntry =
  | { readonly kind: "entry"; readonly entry: LedgerEntry }
  | { readonly kind: "unknown"; readonly problem: string };

type Fields = Record<string, unknown>;

const ENTRY_KINDS = new Set(["opened", "settled", "corrected"]);

export function decodeEntry(json: string): DecodedEntry {
  try {
    const value: unknown = JSON.parse(json);
    if (!isJsonObject(value)) return unknownEntry("not an object");
    const { kind, exchange, at } = value;
    if (typeof kind !== "string" || !ENTRY_KINDS.has(kind)) return unknownEntry("unknown kind");
    if (typeof exchange !== "string" || !Number.isSafeInteger(at))
      return unknownEntry("no exchange");
    const fields: Fields = { ...value };
    if (kind === "opened") decodeOpened(fields);
    else decodeSettled(fields);
    // The shape was checked when it was written, under the checksum that was just compared.
    return { kind: "entry", entry: fields as unknown as LedgerEntry };
  } catch (error) {
    return unknownEntry(error instanceof Error ? error.message : String(error));
  }
}

function unknownEntry(problem: string): DecodedEntry {
  return { kind: "unknown", problem };
}

function decodeOpened(fields: Fields): void {
  fields.prefixBreak ??= null;
  fields.worstCase = withAmounts(objectOf(fields.worstCase), ["amount"]);
  const prompt = fields.prompt ?? null;
  if (prompt === null) return;
  const path = objectOf(prompt);
  fields.prompt = { ...path, blocks: arrayOf(path.blocks).map(decodeBlock) };
}

function decodeBlock(row: unknown): object {
  const [fingerprint, section, type, role, bytes] = arrayOf(row);
  return { fingerprint, section, type, role, bytes };
}

function decodeSettled(fields: Fields): void {
  fields.unbilledUsage ??= null;
  fields.reportedMiss ??= null;
  fields.showback = amountOrNull(fields.showback);
  if (isJsonObject(fields.estimated)) {
    fields.estimated = withAmounts(fields.estimated, ["total"]);
  }
  if (!isJsonObject(fields.measured)) return;
  const measured = withAmounts(fields.measured, ["total"]);
  measured.lines = arrayOf(measured.lines).map(decodeLine);
  fields.measured = measured;
}

function decodeLine(row: unknown): object {
  const line = objectOf(row);
  if (line.kind === "fee") return withAmounts(line, ["amount", "unitAmount"]);
  // Absent where it is the price, and in entries from before it was kept.
  const list = line.listPrice === undefined ? [] : ["listPrice"];
  return withAmounts(line, ["amount", "price", ...list]);
}

function withAmounts(object: Fields, names: readonly string[]): Fields {
  const copy = { ...object };
  for (const name of names) copy[name] = amountOrNull(copy[name]);
  return copy;
}

function amountOrNull(value: unknown): bigint | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "string") throw new TypeError("an amount is not a decimal string");
  return BigInt(value);
}

function objectOf(value: unknown): Fields {
  if (!isJsonObject(value)) throw new TypeError("an object was expected");
  return value as Fields;
}

function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("a list was expected");
  return value;
}
