/**
 * An entry as one line of JSON. Amounts and prices are decimal strings. Blocks of a prompt, the bulk
 * of a long session, are rows without names: [fingerprint, section, type, role, bytes].
 */
import { assert } from "../../../base/index.ts";
import type { BillLine } from "../../../domain/billing/index.ts";
import type { PromptPath, StoredBlock } from "../../../domain/prompt/index.ts";
import type {
  CorrectedEntry,
  EstimatedCharge,
  LedgerEntry,
  MeasuredCharge,
  OpenedEntry,
  SettledEntry,
  WorstCase,
} from "../../contracts/index.ts";

/** The largest amount that a 64-bit column holds: a little over nine million dollars. */
const AMOUNT_MAX = 2n ** 63n - 1n;

/**
 * One line of JSON without a line break. Call {@link checkEntry} first where an entry is written.
 *
 * The outermost fields are put together by hand, in the order in which they stand, because two entries of
 * every call come by: it takes half the time. Whatever has no way of its own here goes through `JSON.stringify`.
 */
export function encodeEntry(entry: LedgerEntry): string {
  let json = "";
  for (const name in entry) {
    const value = encodedField(name, entry[name as keyof LedgerEntry]);
    if (value !== undefined) json += `${json === "" ? "{" : ","}"${name}":${value}`;
  }
  return `${json}}`;
}

function encodedField(name: string, value: unknown): string | undefined {
  if (value === null) return "null";
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value !== "object") return JSON.stringify(value);
  switch (name) {
    case "versions":
    case "settings":
    case "attributes":
      return LIKE_BEFORE[name](value);
    case "prompt":
      return JSON.stringify(encodePrompt(value as PromptPath));
    case "worstCase":
      return JSON.stringify(encodeWorstCase(value as WorstCase));
    case "measured":
      return JSON.stringify(encodeMeasured(value as MeasuredCharge));
    case "estimated":
      return JSON.stringify(encodeEstimated(value as EstimatedCharge));
    default:
      return JSON.stringify(value);
  }
}

/** Calls in a row have much in common: a part that says the same as the one before keeps its JSON. */
function rememberingLast(): (value: object) => string {
  let last: object = {};
  let json = "{}";
  return (value) => {
    if (value !== last && !saysTheSame(value as Fields, last as Fields)) {
      json = JSON.stringify(value);
      last = value;
    }
    return json;
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields in the same order and of the same values; objects in them must be the same ones. */
function saysTheSame(value: Fields, last: Fields): boolean {
  const names = Object.keys(last);
  let index = 0;
  for (const name in value) {
    if (names[index] !== name || value[name] !== last[name]) return false;
    index += 1;
  }
  return index === names.length;
}

const LIKE_BEFORE = {
  versions: rememberingLast(),
  settings: rememberingLast(),
  attributes: rememberingLast(),
};

/** The value whose JSON is the encoded entry: every amount a text. */
export function encodedForm(entry: LedgerEntry): object {
  return entry.kind === "opened" ? encodeOpened(entry) : encodeSettled(entry);
}

function encodeOpened(entry: OpenedEntry): object {
  const { worstCase, prompt } = entry;
  return {
    ...entry,
    worstCase: encodeWorstCase(worstCase),
    prompt: prompt === null ? null : encodePrompt(prompt),
  };
}

function encodeWorstCase(worstCase: WorstCase): object {
  return { ...worstCase, amount: amountText(worstCase.amount) };
}

function encodePrompt(prompt: PromptPath): object {
  return { ...prompt, blocks: prompt.blocks.map(encodeBlock) };
}

function encodeSettled(entry: SettledEntry | CorrectedEntry): object {
  const { measured, estimated, showback } = entry;
  return {
    ...entry,
    measured: measured === null ? null : encodeMeasured(measured),
    estimated: estimated === null ? null : encodeEstimated(estimated),
    showback: amountText(showback),
  };
}

function encodeEstimated(estimated: EstimatedCharge): object {
  return { ...estimated, total: estimated.total.toString() };
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
