/**
 * What a text to be priced is: a usage object, a Message, the transcript of an event stream, or batch
 * results. Told by its shape, so that a response body can be piped in as it came.
 */
import { isJsonObject, type JsonObject, PurserError } from "../base/index.ts";
import {
  createMessageStreamReader,
  type MessageView,
  messageEventType,
  readError,
  readMessage,
  readUsage,
  type StreamedMessageView,
} from "../wire/messages/index.ts";
import { createSseParser, type SseEvent, sseDataText } from "../wire/sse/index.ts";

export type CostSource = "usage" | "message" | "stream" | "batch-results";

/** One call found in the text. */
export type CostCall = {
  /** The batch's own name for it; `null` outside batches. */
  readonly customId: string | null;
  /** Whether the answer was seen to its end. */
  readonly complete: boolean;
  readonly view: MessageView | null;
  /** Why nothing is billed: the provider's `error.type` or the batch's word. Never without a reason where `view` is `null`. */
  readonly failure: string | null;
};

export type CostText = { readonly source: CostSource; readonly calls: readonly CostCall[] };

/** Errors: `COST_INPUT_UNREADABLE`. */
export function readCostText(text: string): CostText {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (trimmed === "") throw unreadable("the text is empty");
  if (/^(event|data|id|retry)?:/.test(trimmed)) return readTranscript(trimmed);
  const whole = parse(trimmed);
  if (whole.kind === "value") return readObject(whole.value);
  return readLines(trimmed, whole.reason);
}

function readObject(value: unknown): CostText {
  if (!isJsonObject(value)) throw unreadable("the JSON is not an object");
  if (isBatchLine(value)) return { source: "batch-results", calls: [readBatchLine(value)] };
  const error = value.type === "error" ? readError(value) : null;
  if (error !== null) {
    return { source: "message", calls: [failed(error.type ?? "error", null)] };
  }
  if (isJsonObject(value.usage)) return { source: "message", calls: [whole(value, null)] };
  if (BARE_USAGE_FIELDS.some((field) => field in value)) return readBareUsage(value);
  throw unreadable("the JSON has neither usage nor input_tokens");
}

/** Any of them tells a usage object; the first two are in every one that the API reports. */
const BARE_USAGE_FIELDS = [
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "cache_creation",
  "iterations",
] as const;

/** A count that was left out is not known, and so is the price; it is not taken for zero. */
function readBareUsage(value: JsonObject): CostText {
  const missing = BARE_USAGE_FIELDS.slice(0, 2).filter((field) => (value[field] ?? null) === null);
  if (missing.length === 0) return { source: "usage", calls: [bareUsage(value)] };
  const named = missing.join(" and ");
  throw unreadable(
    `the usage object has no ${named}`,
    `Add ${named}, written as 0 where the call had none: what is left out is unknown, not zero.`,
  );
}

/** JSON, one object a line: batch results as the API serves them. */
function readLines(text: string, reason: string): CostText {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const calls = lines.map((line, index) => {
    const parsed = parse(line);
    if (parsed.kind === "value" && isJsonObject(parsed.value) && isBatchLine(parsed.value)) {
      return readBatchLine(parsed.value);
    }
    throw unreadable(
      lines.length === 1 ? `it is not JSON: ${reason}` : `line ${index + 1} is no batch result`,
    );
  });
  return { source: "batch-results", calls };
}

function isBatchLine(value: JsonObject): boolean {
  return typeof value.custom_id === "string" && isJsonObject(value.result);
}

/** Only `succeeded` is billed; the envelope itself says that the call was part of a batch. */
function readBatchLine(value: JsonObject): CostCall {
  const customId = typeof value.custom_id === "string" ? value.custom_id : null;
  const result = isJsonObject(value.result) ? value.result : {};
  if (result.type !== "succeeded") return failed(`batch result ${String(result.type)}`, customId);
  const message = isJsonObject(result.message) ? result.message : {};
  const usage = isJsonObject(message.usage) ? message.usage : {};
  const tier = usage.service_tier ?? "batch";
  return whole({ ...message, usage: { ...usage, service_tier: tier } }, customId);
}

function whole(value: JsonObject, customId: string | null): CostCall {
  const view = readMessage(value);
  if (view.kind === "message") return { customId, complete: true, view, failure: null };
  throw unreadable(`${view.path || "the object"} ${view.reason}`);
}

function failed(failure: string, customId: string | null): CostCall {
  return { customId, complete: true, view: null, failure };
}

/** A usage object on its own: nothing says the model, nor how the answer ended. */
function bareUsage(value: JsonObject): CostCall {
  const view: MessageView = {
    kind: "message",
    id: null,
    model: typeof value.model === "string" ? value.model : null,
    usage: readUsage(value),
    reported: value,
    stopReason: null,
    stopCategory: null,
    contentBlocks: 1,
    reportedMiss: null,
  };
  return { customId: null, complete: true, view, failure: null };
}

/**
 * One stream, or several one after the other. A call ends with its own last event, or where the
 * next begins: figures of two calls are never taken for one another's.
 */
function readTranscript(text: string): CostText {
  const parser = createSseParser();
  const events = parser.feed(new TextEncoder().encode(`${text}\n\n`));
  const calls: CostCall[] = [];
  let reader = createMessageStreamReader();
  let state: "before" | "begun" | "over" = "before";
  events.forEach((event, index) => {
    const type = messageEventType(event);
    refuseUnreadableUsage(event, index === events.length - 1);
    const begins = type === "message_start" || (type === "error" && state === "over");
    if (begins && state !== "before") {
      calls.push(...streamedCall(reader.view()));
      reader = createMessageStreamReader();
      state = "before";
    }
    if (state === "over") return;
    reader.accept(event);
    if (type === "message_start") state = "begun";
    if (type === "message_stop" || type === "error") state = "over";
  });
  calls.push(...streamedCall(reader.view()));
  if (calls.length > 0) return { source: "stream", calls };
  throw unreadable("the event stream has no message_start");
}

function streamedCall(view: StreamedMessageView): readonly CostCall[] {
  const failure = view.error === null ? null : (view.error.type ?? "error");
  if (!view.started) return failure === null ? [] : [failed(failure, null)];
  return [{ customId: null, complete: view.final || failure !== null, view, failure }];
}

/** The last event may be cut off; any other that holds figures and is no JSON hides a price. */
function refuseUnreadableUsage(event: SseEvent, isLast: boolean): void {
  if (isLast || event.oversized) return;
  const text = sseDataText(event);
  if (!/"message_(start|delta)"/.test(text) || parse(text).kind === "value") return;
  throw unreadable(
    "an event with usage is not JSON",
    "Give the transcript as it was received; between joined transcripts, leave an empty line.",
  );
}

type Parsed =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "not-json"; readonly reason: string };

function parse(text: string): Parsed {
  try {
    return { kind: "value", value: JSON.parse(text) as unknown };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "not-json", reason: reason.slice(0, 120) };
  }
}

function unreadable(what: string, mend?: string): PurserError {
  const hint = mend === undefined ? {} : { mend };
  return new PurserError("COST_INPUT_UNREADABLE", { what, where: "text", ...hint });
}
