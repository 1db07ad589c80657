/**
 * Traces of traffic as calls that somebody might have made: their token counts are the trace's own, so
 * what they cost is an estimate, without any caching.
 */
import {
  type Instant,
  instant,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../../../base/index.ts";
import { type Finding, type ImportedCall, NO_LABELS } from "../calls/imported-call.ts";
import { labelOf, timeOf } from "../calls/values.ts";
import { readRecords } from "../csv/read-records.ts";
import { readValues } from "../files/read-values.ts";

export type TraceSettings = {
  /** What calls are priced as that name no model; `null` refuses them. */
  readonly model: string | null;
  /** When a trace begins. `null` keeps its own times, and refuses a trace that counts from zero. */
  readonly start: Instant | null;
};

/** Sub-agents in sub-agents. */
const NESTING_MAX = 16;

type Request = {
  readonly atMs: number | null;
  readonly model: string | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly session: string | null;
  readonly id: string | null;
};

export async function* readTraceCalls(
  path: string,
  settings: TraceSettings,
): AsyncGenerator<Finding> {
  let moveMs: number | null = null;
  const isTable = /\.(csv|tsv)(\.(gz|zst))?$/i.test(path);
  for await (const found of isTable ? readRecords(path) : readValues(path)) {
    const line = found.number;
    if (found.kind === "unreadable") {
      yield { kind: "problem", line, what: found.what };
      continue;
    }
    const row = found.kind === "object" ? found.value : found.record;
    for (const request of requestsOf(row, settings)) {
      // A trace with times of its own is moved to the start as a whole.
      if (row.ContextTokens !== undefined) moveMs ??= distance(settings.start, request.atMs);
      const atMs = request.atMs === null ? null : request.atMs + (moveMs ?? 0);
      yield findingOf(line, { ...request, atMs }, settings);
    }
  }
}

function distance(start: number | null, first: number | null): number | null {
  if (start === null) return 0;
  return first === null ? null : start - first;
}

function requestsOf(row: JsonObject, { start }: TraceSettings): readonly Request[] {
  if (Array.isArray(row.requests)) return nested(row.requests, start, labelOf(row.id), 0);
  if (row.ContextTokens !== undefined) return [azureRequest(row)];
  return [mooncakeRequest(row, start)];
}

function nested(
  requests: JsonValue,
  start: number | null,
  session: string | null,
  depth: number,
): readonly Request[] {
  if (!Array.isArray(requests) || depth > NESTING_MAX) return [];
  return requests.filter(isJsonObject).flatMap((request: JsonObject, index): readonly Request[] => {
    const atMs = start === null || typeof request.t !== "number" ? null : start + request.t * 1_000;
    if (request.type === "subagent") {
      return nested(request.requests ?? [], atMs, `${session}/${index}`, depth + 1);
    }
    const model = labelOf(request.model);
    const id = session === null ? null : `${session}#${index}`;
    return [{ atMs, model, input: request.in, output: request.out, session, id }];
  });
}

function azureRequest(row: JsonObject): Request {
  const atMs = timeOf(row.TIMESTAMP, "utc");
  const [input, output] = [wholeIn(row.ContextTokens), wholeIn(row.GeneratedTokens)];
  return { atMs, model: null, input, output, session: null, id: null };
}

function mooncakeRequest(row: JsonObject, start: number | null): Request {
  const isTimed = start !== null && typeof row.timestamp === "number";
  return {
    atMs: isTimed ? start + Number(row.timestamp) : null,
    model: null,
    input: row.input_length,
    output: row.output_length,
    session: null,
    id: null,
  };
}

function wholeIn(value: JsonValue | undefined): unknown {
  return typeof value === "string" && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value;
}

function findingOf(line: number, request: Request, settings: TraceSettings): Finding {
  const { input, output, atMs } = request;
  if (typeof input !== "number" || typeof output !== "number") {
    return { kind: "problem", line, what: "is no request with two token counts" };
  }
  if (atMs === null) return { kind: "problem", line, what: "a request without a time" };
  const model = request.model ?? settings.model;
  if (model === null) return { kind: "problem", line, what: "the trace names no model" };
  const at = instant(atMs);
  return { kind: "call", line, call: callOf(request, { at, model, input, output }) };
}

function callOf(
  request: Request,
  known: {
    readonly at: Instant;
    readonly model: string;
    readonly input: number;
    readonly output: number;
  },
): ImportedCall {
  return {
    source: "trace",
    startedAt: known.at,
    endedAt: known.at,
    model: known.model,
    modelAsked: null,
    messageId: null,
    requestId: null,
    recordId: request.id,
    usage: { input_tokens: known.input, output_tokens: known.output },
    isEstimate: true,
    stopReason: null,
    stream: false,
    labels: { ...NO_LABELS, session: request.session },
    recordedAmount: null,
  };
}
