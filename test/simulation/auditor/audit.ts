/**
 * Compares what clients saw with what the ledger holds. Knows nothing of Purser: it takes three
 * plain records, made by three different parties, and says where they disagree.
 */
import { auditedCost, type WireUsage } from "./price-table.ts";

/** A response that a client saw complete, written down by the client. */
export type SeenResponse = {
  readonly messageId: string;
  readonly model: string;
  readonly usage: WireUsage;
};

/** A response that the upstream served, written down by the upstream. */
export type ServedResponse = SeenResponse;

/** An exchange as the ledger's export shows it. */
export type LedgerRow = {
  readonly exchange: string;
  /** `null` while it is open. */
  readonly outcome: string | null;
  readonly messageId: string | null;
  readonly requestId: string | null;
  readonly model: string | null;
  readonly session: string | null;
  readonly client: string | null;
  readonly usage: WireUsage | null;
  readonly measuredPicoUsd: bigint | null;
  readonly estimatedPicoUsd: bigint | null;
};

export type FindingCode =
  | "missing"
  | "twice"
  | "not-completed"
  | "wrong-usage"
  | "wrong-cost"
  | "phantom"
  | "still-open"
  | "no-estimate"
  | "model-not-priced";

export type Finding = {
  readonly code: FindingCode;
  /** A message id or an exchange id. */
  readonly subject: string;
  readonly text: string;
};

export type AuditedRecords = {
  readonly seen: readonly SeenResponse[];
  readonly served: readonly ServedResponse[];
  readonly rows: readonly LedgerRow[];
};

/** Every disagreement, in a stable order; an empty list is a passed audit. */
export function audit(records: AuditedRecords): readonly Finding[] {
  const byMessage = groupByMessage(records.rows);
  return [
    ...findRepeats(records.rows, byMessage),
    ...records.seen.flatMap((seen) => checkSeen(seen, byMessage.get(seen.messageId) ?? [])),
    ...findPhantoms(records),
    ...records.rows.flatMap(checkEnding),
  ];
}

function groupByMessage(rows: readonly LedgerRow[]): Map<string, readonly LedgerRow[]> {
  const groups = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    if (row.messageId === null) continue;
    const group = groups.get(row.messageId);
    if (group === undefined) groups.set(row.messageId, [row]);
    else group.push(row);
  }
  return groups;
}

/** The ledger may hold a message once, and an exchange once, whether or not a client saw it. */
function findRepeats(
  rows: readonly LedgerRow[],
  byMessage: ReadonlyMap<string, readonly LedgerRow[]>,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [messageId, group] of byMessage) {
    if (group.length > 1) findings.push(finding("twice", messageId, `${group.length} rows`));
  }
  const exchanges = new Set<string>();
  for (const { exchange } of rows) {
    if (exchanges.has(exchange)) findings.push(finding("twice", exchange, "two rows"));
    exchanges.add(exchange);
  }
  return findings;
}

function checkSeen(seen: SeenResponse, rows: readonly LedgerRow[]): readonly Finding[] {
  const row = rows[0];
  if (row === undefined) {
    return [finding("missing", seen.messageId, "a client saw it complete; no row has it")];
  }
  if (row.outcome !== "completed") {
    return [finding("not-completed", seen.messageId, `the row says ${row.outcome ?? "open"}`)];
  }
  return checkAmount(seen, row);
}

function checkAmount(expected: SeenResponse, row: LedgerRow): readonly Finding[] {
  const cost = auditedCost(expected.model, expected.usage);
  const id = expected.messageId;
  if (cost === null) return [finding("model-not-priced", id, expected.model)];
  const findings: Finding[] = [];
  if (row.usage === null || !isSameUsage(row.usage, expected.usage)) {
    findings.push(
      finding("wrong-usage", id, `${json(row.usage)} instead of ${json(expected.usage)}`),
    );
  }
  if (row.measuredPicoUsd !== cost) {
    findings.push(finding("wrong-cost", id, `${row.measuredPicoUsd} instead of ${cost}`));
  }
  return findings;
}

function isSameUsage(left: WireUsage, right: WireUsage): boolean {
  return (
    left.input_tokens === right.input_tokens &&
    left.output_tokens === right.output_tokens &&
    left.cache_read_input_tokens === right.cache_read_input_tokens &&
    left.write5m === right.write5m &&
    left.write1h === right.write1h
  );
}

/** A completed row must name a response that the upstream served, at that response's cost. */
function findPhantoms(records: AuditedRecords): readonly Finding[] {
  const served = new Map(records.served.map((response) => [response.messageId, response]));
  const seen = new Set(records.seen.map((response) => response.messageId));
  return records.rows.flatMap((row) => {
    if (row.outcome !== "completed" || isUnreadable(row)) return [];
    const origin = row.messageId === null ? undefined : served.get(row.messageId);
    if (origin === undefined) {
      return [finding("phantom", row.exchange, `the upstream served no ${row.messageId}`)];
    }
    return seen.has(origin.messageId) ? [] : checkAmount(origin, row);
  });
}

/** A whole answer that was no Messages answer: it names nothing, and is charged as an estimate. */
function isUnreadable(row: LedgerRow): boolean {
  return row.messageId === null && row.measuredPicoUsd === null && row.estimatedPicoUsd !== null;
}

/** After a restart nothing is open, and what was lost carries an estimate and no measure. */
function checkEnding(row: LedgerRow): readonly Finding[] {
  if (row.outcome === null) return [finding("still-open", row.exchange, "opened, never settled")];
  if (row.outcome === "completed" && isUnreadable(row)) return checkEstimate(row);
  if (row.outcome !== "lost") return [];
  if (row.measuredPicoUsd !== null && row.measuredPicoUsd !== 0n) {
    return [finding("no-estimate", row.exchange, "lost, and yet it carries a measured amount")];
  }
  return checkEstimate(row);
}

function checkEstimate(row: LedgerRow): readonly Finding[] {
  if (row.estimatedPicoUsd !== null && row.estimatedPicoUsd > 0n) return [];
  return [finding("no-estimate", row.exchange, `${row.outcome} without an estimated charge`)];
}

function finding(code: FindingCode, subject: string, text: string): Finding {
  return { code, subject, text };
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
