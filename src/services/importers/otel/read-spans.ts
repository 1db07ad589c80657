/**
 * OpenTelemetry spans of model calls (OTLP as JSON, one document or a line each), by the semantic
 * conventions for generative AI: the present names of their attributes, and those before.
 */
import {
  type Instant,
  instant,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../../../base/index.ts";
import type { CallLabels, Finding, ImportedCall } from "../calls/imported-call.ts";
import { labelOf, splitPrompt, tagsOf } from "../calls/values.ts";
import { readValues } from "../files/read-values.ts";

/** Spans that one document may hold, so that its findings stay bounded. */
const SPANS_MAX = 2_000_000;
/** Spans of other operations sum up calls, or are none. */
const OPERATIONS: ReadonlySet<string> = new Set(["chat", "text_completion", "generate_content"]);

const INPUT = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
const OUTPUT = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
const READ = ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"];
const WRITTEN = [
  "gen_ai.usage.cache_creation.input_tokens",
  "gen_ai.usage.cache_creation_input_tokens",
  "gen_ai.usage.cache_write.input_tokens",
  "gen_ai.usage.cache_write_input_tokens",
];

type Attributes = ReadonlyMap<string, unknown>;
type Found =
  | { readonly kind: "call"; readonly call: ImportedCall }
  | { readonly kind: "no-call"; readonly why: string }
  | { readonly kind: "problem"; readonly what: string };

export async function* readSpans(path: string): AsyncGenerator<Finding> {
  for await (const found of readValues(path)) {
    if (found.kind === "unreadable") {
      yield { kind: "problem", line: found.number, what: found.what };
      continue;
    }
    const line = found.number;
    if (!Array.isArray(found.value.resourceSpans)) {
      yield { kind: "problem", line, what: "holds no resourceSpans" };
      continue;
    }
    let count = 0;
    for (const { span, resource } of spansOf(found.value)) {
      count += 1;
      if (count > SPANS_MAX) {
        yield { kind: "problem", line, what: `holds more than ${SPANS_MAX} spans` };
        break;
      }
      yield { line, ...findingOf(span, resource) };
    }
  }
}

function* spansOf(
  document: JsonObject,
): Generator<{ readonly span: JsonObject; readonly resource: Attributes }> {
  for (const group of objectsIn(document.resourceSpans)) {
    const described = isJsonObject(group.resource) ? group.resource : {};
    const resource = attributesOf(described.attributes);
    const scopes = group.scopeSpans ?? group.instrumentationLibrarySpans;
    for (const scope of objectsIn(scopes)) {
      for (const span of objectsIn(scope.spans)) yield { span, resource };
    }
  }
}

function findingOf(span: JsonObject, resource: Attributes): Found {
  const attributes = attributesOf(span.attributes);
  const operation = attributes.get("gen_ai.operation.name");
  if (typeof operation === "string" && !OPERATIONS.has(operation)) {
    return { kind: "no-call", why: `a span of the operation ${operation.slice(0, 40)}` };
  }
  const prompt = firstOf(attributes, INPUT);
  const output = firstOf(attributes, OUTPUT);
  if (prompt === undefined && output === undefined) {
    return { kind: "no-call", why: "a span without the usage of a model" };
  }
  const counts = [prompt, output, firstOf(attributes, WRITTEN), firstOf(attributes, READ)].map(
    countOf,
  );
  const [input = null, generated = null, written = null, read = null] = counts;
  if (input === null || generated === null || written === null || read === null) {
    return { kind: "problem", what: "a span whose gen_ai.usage is no count" };
  }
  const [startedAt, endedAt] = [nanos(span.startTimeUnixNano), nanos(span.endTimeUnixNano)];
  if (startedAt === null) return { kind: "problem", what: "a span without its start" };
  const model =
    labelOf(attributes.get("gen_ai.response.model")) ??
    labelOf(attributes.get("gen_ai.request.model"));
  if (model === null) return { kind: "problem", what: "a span that names no model" };
  const id = labelOf(attributes.get("gen_ai.response.id"));
  return {
    kind: "call",
    call: {
      source: "otel",
      startedAt,
      endedAt: endedAt ?? startedAt,
      model,
      modelAsked: labelOf(attributes.get("gen_ai.request.model")),
      messageId: id?.startsWith("msg_") === true ? id : null,
      requestId: null,
      recordId: recordIdOf(span),
      usage: { ...splitPrompt(input, written, read), output_tokens: generated },
      isEstimate: false,
      stopReason: stopReasonOf(attributes),
      stream: false,
      labels: labelsOf(attributes, resource),
      recordedAmount: null,
    },
  };
}

function recordIdOf({ traceId, spanId }: JsonObject): string | null {
  const [trace, span] = [labelOf(traceId), labelOf(spanId)];
  return trace === null || span === null ? null : `${trace}/${span}`;
}

function stopReasonOf(attributes: Attributes): string | null {
  const reasons = attributes.get("gen_ai.response.finish_reasons");
  return labelOf(Array.isArray(reasons) ? reasons[0] : reasons);
}

function labelsOf(attributes: Attributes, resource: Attributes): CallLabels {
  return {
    credential: null,
    user: labelOf(attributes.get("user.id") ?? attributes.get("enduser.id")),
    team: null,
    endpoint: null,
    session: labelOf(attributes.get("gen_ai.conversation.id") ?? attributes.get("session.id")),
    client: labelOf(resource.get("service.name")),
    tags: tagsOf({
      provider: attributes.get("gen_ai.provider.name") ?? attributes.get("gen_ai.system"),
      agent: attributes.get("gen_ai.agent.name"),
    }),
  };
}

function attributesOf(value: JsonValue | undefined): Attributes {
  return new Map(
    objectsIn(value).flatMap((entry): readonly (readonly [string, unknown])[] =>
      typeof entry.key === "string" ? [[entry.key, anyValue(entry.value)]] : [],
    ),
  );
}

/** OTLP writes 64-bit integers as texts. */
function anyValue(value: JsonValue | undefined): unknown {
  if (!isJsonObject(value)) return value;
  const { stringValue, intValue, doubleValue, boolValue, arrayValue } = value;
  if (isJsonObject(arrayValue)) return objectsIn(arrayValue.values).map(anyValue);
  const plain = stringValue ?? doubleValue ?? boolValue;
  return plain ?? (intValue === undefined ? undefined : Number(intValue));
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function firstOf(attributes: Attributes, names: readonly string[]): unknown {
  return names.map((name) => attributes.get(name)).find((value) => value !== undefined);
}

/** Absent is zero; anything that is no number is `null`. */
function countOf(value: unknown): number | null {
  if (value === undefined) return 0;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function nanos(value: JsonValue | undefined): Instant | null {
  const text = String(value ?? "");
  if (!/^\d{1,20}$/.test(text) || text === "0") return null;
  return instant(Number(BigInt(text) / 1_000_000n));
}
