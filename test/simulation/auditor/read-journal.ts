/**
 * Reads a journal as its documentation describes it: a line is a checksum, a space and JSON. What is
 * no whole line (a torn tail, space that was set aside) is passed over.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalEvent } from "./budget-audit.ts";

const LINE = /^[0-9a-f]{8} (\{.*\})$/;

/** In the order in which they were written. */
export function readJournal(folder: string): readonly JournalEvent[] {
  const names = readdirSync(folder).sort();
  return names.flatMap((name) =>
    readFileSync(join(folder, name), "utf8").split("\n").flatMap(eventIn),
  );
}

type Line = Readonly<Record<string, unknown>>;

function eventIn(line: string): readonly JournalEvent[] {
  const json = LINE.exec(line)?.[1];
  if (json === undefined) return [];
  const entry = parsed(json);
  if (entry.kind === "opened") return [openedOf(entry)];
  return entry.kind === "settled" ? [settledOf(entry)] : [];
}

function parsed(json: string): Line {
  try {
    return objectOf(JSON.parse(json));
  } catch {
    return {};
  }
}

function openedOf(entry: Line): JournalEvent {
  const attributes = objectOf(entry.attributes);
  const decisions = Array.isArray(entry.decisions) ? entry.decisions.map(String) : [];
  return {
    kind: "opened",
    exchange: String(entry.exchange),
    atMs: Number(entry.at),
    attempt: textOf(attributes.session),
    user: textOf(attributes.user),
    worstPicoUsd: amountOf(objectOf(entry.worstCase).amount),
    decisions,
  };
}

function settledOf(entry: Line): JournalEvent {
  const measured = objectOf(entry.measured);
  const reason = textOf(entry.unbilledReason) ?? "";
  return {
    kind: "settled",
    exchange: String(entry.exchange),
    outcome: String(entry.outcome),
    finalPicoUsd: measured.final === true ? amountOf(measured.total) : null,
    isFree: measured.final !== true && reason.startsWith("not-billed"),
  };
}

function objectOf(value: unknown): Line {
  return typeof value === "object" && value !== null ? (value as Line) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function amountOf(value: unknown): bigint | null {
  return typeof value === "string" ? BigInt(value) : null;
}
