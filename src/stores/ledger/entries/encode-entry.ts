/**
 * An entry as one line of JSON. Amounts and prices are decimal strings. Blocks of a prompt, the bulk
 * of a long session, are rows without names: [fingerprint, section, type, role, bytes].
 */
import { assert } from "../../../base/index.ts";
import type { BillLine } from "../../../domain/billing/index.ts";
import type { StoredBlock } from "../../../domain/prompt/index.ts";
import type {
  CorrectedEntry,
  LedgerEntry,
  MeasuredCharge,
  OpenedEntry,
  SettledEntry,
} from "../../contracts/index.ts";

/** The largest amount that a 64-bit column holds: a little over nine million dollars. */
const AMOUNT_MAX = 2n ** 63n - 1n;

/**
 * One line of JSON without a line break. Call {@link checkEntry} first where an entry is written.
 * Amounts are turned to text by name: a replacer would be called for every value of a long prompt.
 */
export function encodeEntry(entry: LedgerEntry): string {
  return JSON.stringify(encodedForm(entry));
}

/** The value whose JSON is the encoded entry: every amount a text. */
export function encodedForm(entry: LedgerEntry): object {
  return entry.kind === "opened" ? encodeOpened(entry) : encodeSettled(entry);
}

function encodeOpened(entry: OpenedEntry): object {
  const { worstCase, prompt } = entry;
  return {
    ...entry,
    worstCase: { ...worstCase, amount: amountText(worstCase.amount) },
    prompt: prompt === null ? null : { ...prompt, blocks: prompt.blocks.map(encodeBlock) },
  };
}

function encodeSettled(entry: SettledEntry | CorrectedEntry): object {
  const { measured, estimated, showback } = entry;
  return {
    ...entry,
    measured: measured === null ? null : encodeMeasured(measured),
    estimated: estimated === null ? null : { ...estimated, total: estimated.total.toString() },
    showback: amountText(showback),
  };
}

function encodeMeasured(measured: MeasuredCharge): object {
  return { ...measured, lines: measured.lines.map(encodeLine), total: measured.total.toString() };
}

function encodeLine(line: BillLine): object {
  const amount = line.amount.toString();
  if (line.kind === "fee") return { ...line, unitAmount: line.unitAmount.toString(), amount };
  const encoded = { ...line, price: line.price.toString(), amount };
  return line.listPrice === undefined
    ? encoded
    : { ...encoded, listPrice: line.listPrice.toString() };
}

function amountText(amount: bigint | null): string | null {
  return amount === null ? null : amount.toString();
}

function encodeBlock(block: StoredBlock): readonly (string | number | null)[] {
  return [block.fingerprint, block.section, block.type, block.role, block.bytes];
}

/** Asserts what must hold of an entry before it is written; the reader asserts the same again. */
export function checkEntry(entry: LedgerEntry): void {
  assert(entry.exchange.length > 0, "an entry names its exchange");
  assert(Number.isSafeInteger(entry.at), `an entry has a time: ${entry.at}`);
  if (entry.kind === "opened") checkOpened(entry);
  else checkSettled(entry);
}

function checkOpened(entry: OpenedEntry): void {
  if (entry.worstCase.amount !== null) checkAmount(entry.worstCase.amount, "worst case");
  const { prompt } = entry;
  if (prompt === null) return;
  const known = prompt.depth - prompt.parentDepth;
  assert(known === prompt.blocks.length, "a prompt's new blocks are those after its parent");
}

function checkSettled(entry: Omit<SettledEntry, "kind">): void {
  if (entry.measured !== null) checkMeasured(entry.measured);
  if (entry.estimated !== null) checkAmount(entry.estimated.total, "estimated total");
  if (entry.showback !== null) checkAmount(entry.showback, "showback");
}

function checkMeasured(measured: MeasuredCharge): void {
  let sum = 0n;
  for (const line of measured.lines) {
    checkLine(line);
    sum += line.amount;
  }
  assert(sum === measured.total, "a bill's lines sum to its total");
  checkAmount(measured.total, "total");
}

function checkLine(line: BillLine): void {
  checkAmount(line.amount, line.item);
  const quantity = line.kind === "tokens" ? line.tokens : line.quantity;
  const unit = line.kind === "tokens" ? line.price : line.unitAmount;
  assert(Number.isSafeInteger(quantity), `a line's quantity is whole: ${line.item}`);
  assert(BigInt(quantity) * unit === line.amount, `a line is quantity times price: ${line.item}`);
}

function checkAmount(amount: bigint, what: string): void {
  assert(typeof amount === "bigint", `an amount is a bigint: ${what}`);
  assert(amount <= AMOUNT_MAX && amount >= -AMOUNT_MAX, `an amount fits 64 bits: ${what}`);
}
