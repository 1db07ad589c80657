/**
 * LiteLLM's spend logs: rows of its table `LiteLLM_SpendLogs`, exported as JSON, JSON lines or CSV.
 * Its `spend` is compared with our bill and never taken for it.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../base/index.ts";
import type { CallLabels, Finding, ImportedCall } from "../calls/imported-call.ts";
import { dollarsOf, labelOf, splitPrompt, tagsOf, timeOf } from "../calls/values.ts";
import { readRecords } from "../csv/read-records.ts";
import { parsed, readValues } from "../files/read-values.ts";

export async function* readSpendLogs(path: string): AsyncGenerator<Finding> {
  const isTable = /\.(csv|tsv)(\.(gz|zst))?$/i.test(path);
  for await (const found of isTable ? readRecords(path) : readValues(path)) {
    if (found.kind === "unreadable") {
      yield { kind: "problem", line: found.number, what: found.what };
      continue;
    }
    const row = found.kind === "object" ? found.value : found.record;
    yield { line: found.number, ...findingOf(row) };
  }
}

type Found =
  | { readonly kind: "call"; readonly call: ImportedCall }
  | { readonly kind: "no-call"; readonly why: string }
  | { readonly kind: "problem"; readonly what: string };

function findingOf(row: JsonObject): Found {
  const started = timeOf(row.startTime, "utc");
  if (started === null) return { kind: "problem", what: "startTime is no time" };
  const metadata = objectIn(row.metadata);
  if (/^true$/i.test(String(row.cache_hit))) {
    return { kind: "no-call", why: "an answer from LiteLLM's own cache" };
  }
  if (metadata.status === "failure" || row.status === "failure") {
    return { kind: "no-call", why: "a call that failed" };
  }
  const model = labelOf(row.model);
  if (model === null) return { kind: "problem", what: "the row names no model" };
  const usage = usageOf(row, metadata);
  if (typeof usage === "string") return { kind: "problem", what: usage };
  const id = labelOf(row.request_id);
  return {
    kind: "call",
    call: {
      source: "litellm",
      startedAt: started,
      endedAt: timeOf(row.endTime, "utc") ?? started,
      model,
      modelAsked: labelOf(row.model_group),
      messageId: id?.startsWith("msg_") === true ? id : null,
      requestId: id?.startsWith("req_") === true ? id : null,
      recordId: id,
      usage,
      isEstimate: false,
      stopReason: null,
      stream: false,
      labels: labelsOf(row, metadata),
      recordedAmount: dollarsOf(row.spend),
    },
  };
}

/** A problem in words where a count is none. */
function usageOf(row: JsonObject, metadata: JsonObject): JsonObject | string {
  const own = objectIn(metadata.usage_object);
  // A pass-through endpoint keeps the provider's own object.
  if (own.input_tokens !== undefined && own.prompt_tokens === undefined) return own;
  const more = objectIn(metadata.additional_usage_values);
  const details = objectIn(own.prompt_tokens_details ?? more.prompt_tokens_details);
  const split = objectIn(details.cache_creation_token_details);
  const prompt = countIn(own.prompt_tokens ?? row.prompt_tokens);
  const output = countIn(own.completion_tokens ?? row.completion_tokens);
  const read = countIn(
    own.cache_read_input_tokens ?? more.cache_read_input_tokens ?? details.cached_tokens ?? 0,
  );
  const written = countIn(
    own.cache_creation_input_tokens ??
      more.cache_creation_input_tokens ??
      details.cache_creation_tokens ??
      0,
  );
  if (prompt === null) return "prompt_tokens is no count";
  if (output === null) return "completion_tokens is no count";
  if (read === null || written === null) return "the cached tokens are no counts";
  const lifetimes = ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"] as const;
  const isSplit = lifetimes.some((name) => split[name] !== undefined);
  return {
    ...splitPrompt(prompt, written, read),
    ...(isSplit ? { cache_creation: split } : {}),
    output_tokens: output,
  };
}

function labelsOf(row: JsonObject, metadata: JsonObject): CallLabels {
  const tags = listIn(row.request_tags).map(labelOf);
  return {
    credential: labelOf(row.api_key),
    user: labelOf(row.end_user) ?? labelOf(row.user) ?? labelOf(metadata.user_api_key_user_id),
    team: labelOf(metadata.user_api_key_team_alias) ?? labelOf(row.team_id),
    endpoint: null,
    session: labelOf(row.session_id),
    client: "litellm",
    tags: tagsOf({
      key_alias: metadata.user_api_key_alias,
      provider: row.custom_llm_provider,
      request_tags: tags.filter((tag) => tag !== null).join(" "),
    }),
  };
}

/** An object, or the text of one, as a table holds it; empty for anything else. */
function objectIn(value: JsonValue | undefined): JsonObject {
  const read: unknown = typeof value === "string" ? parsed(value) : value;
  return isJsonObject(read) ? read : {};
}

function listIn(value: JsonValue | undefined): readonly unknown[] {
  const read: unknown = typeof value === "string" ? parsed(value) : value;
  return Array.isArray(read) ? read : [];
}

/** A count, whatever its sign: what is negative is refused with the usage. */
function countIn(value: JsonValue | undefined): number | null {
  if (typeof value === "string" && /^-?\d{1,15}$/.test(value.trim())) return Number(value);
  return typeof value === "number" ? value : null;
}
