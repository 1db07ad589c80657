/**
 * Reads a streamed Message event by event. Usage is cumulative: a later figure replaces the earlier
 * one and is never added to it. What a delta does not repeat (the split of cache writes, speed, tier,
 * region) stays as `message_start` gave it.
 */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import { type SseEvent, sseDataText } from "../sse/index.ts";
import { type ErrorReading, objectOrNull, readError, textOrNull } from "./read-error.ts";
import { type MessageView, type ReportedMiss, readReportedMiss } from "./read-message.ts";
import { readUsage } from "./read-usage.ts";

/** What is known of the answer so far; the same view as of a whole Message, and the stream's state. */
export type StreamedMessageView = MessageView & {
  /** Whether `message_stop` was seen. */
  readonly final: boolean;
  /** Whether `message_start` was seen, so that the input is measured. */
  readonly started: boolean;
  /** The `error` event after status 200, when one came. */
  readonly error: ErrorReading | null;
  /** UTF-8 bytes of deltas so far, near enough to estimate output tokens that nobody reported. */
  readonly outputBytes: number;
  /** Index of the content block that is open; `null` between blocks. Blocks come one after another. */
  readonly openBlock: number | null;
  /** Events that could not be read as JSON objects, or were longer than the limit. */
  readonly unreadableEvents: number;
};

export type MessageStreamReader = {
  readonly accept: (event: SseEvent) => void;
  readonly view: () => StreamedMessageView;
};

/** Bytes of `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`. */
const DELTA_ENVELOPE_BYTES = 80;
const SPACE = 0x20;
const CLOSING_BRACE = 0x7d;

export function createMessageStreamReader(): MessageStreamReader {
  const reader = new Reader();
  return { accept: (event) => reader.accept(event), view: () => reader.view() };
}

/** What an event is, by the same rule as the reader's; `null` when nothing says so. */
export function messageEventType(event: SseEvent): string | null {
  if (event.oversized || (event.terminated && isReadByName(event.name))) return event.name;
  return textOrNull(parseObject(event)?.type) ?? event.name;
}

class Reader {
  #id: string | null = null;
  #model: string | null = null;
  #reported: JsonObject | null = null;
  #stopReason: string | null = null;
  #stopCategory: string | null = null;
  #error: ErrorReading | null = null;
  #contentBlocks = 0;
  #isBlockOpen = false;
  #reportedMiss: ReportedMiss | null = null;
  #outputBytes = 0;
  #unreadableEvents = 0;
  #started = false;
  #final = false;

  accept(event: SseEvent): void {
    if (event.oversized) {
      this.#unreadableEvents += 1;
      return;
    }
    if (event.terminated && this.#acceptUnread(event)) return;
    const data = parseObject(event);
    if (data === null) this.#unreadableEvents += 1;
    else this.#acceptData(textOrNull(data.type) ?? event.name, data, event);
  }

  view(): StreamedMessageView {
    return {
      kind: "message",
      id: this.#id,
      model: this.#model,
      usage: readUsage(this.#reported ?? undefined),
      reported: this.#reported,
      stopReason: this.#stopReason,
      stopCategory: this.#stopCategory,
      contentBlocks: this.#contentBlocks,
      reportedMiss: this.#reportedMiss,
      final: this.#final,
      started: this.#started,
      error: this.#error,
      outputBytes: this.#outputBytes,
      openBlock: this.#isBlockOpen ? this.#contentBlocks - 1 : null,
      unreadableEvents: this.#unreadableEvents,
    };
  }

  /** Most events are named and need no reading (`isReadByName`). Returns false for those that do. */
  #acceptUnread(event: SseEvent): boolean {
    switch (event.name) {
      case "content_block_delta":
        this.#outputBytes += deltaBytes(event.dataBytes);
        return true;
      case "content_block_start":
        this.#contentBlocks += 1;
        this.#isBlockOpen = true;
        return true;
      case "content_block_stop":
        this.#isBlockOpen = false;
        return true;
      case "ping":
        return true;
      default:
        return false;
    }
  }

  #acceptData(type: string | null, data: JsonObject, event: SseEvent): void {
    switch (type) {
      case "message_start":
        this.#start(objectOrNull(data.message));
        return;
      case "message_delta":
        this.#delta(data);
        return;
      case "message_stop":
        this.#final = true;
        return;
      case "error":
        this.#error = readError(data) ?? { ...NO_ERROR };
        return;
      default:
        this.#acceptUnread({ ...event, name: type });
    }
  }

  #start(message: JsonObject | null): void {
    if (message === null) return;
    this.#started = true;
    this.#id = textOrNull(message.id) ?? this.#id;
    this.#reportedMiss = readReportedMiss(message) ?? this.#reportedMiss;
    this.#model = textOrNull(message.model) ?? this.#model;
    this.#stopReason = textOrNull(message.stop_reason) ?? this.#stopReason;
    this.#overwriteUsage(objectOrNull(message.usage));
  }

  #delta(data: JsonObject): void {
    const delta = objectOrNull(data.delta);
    this.#stopReason = textOrNull(delta?.stop_reason) ?? this.#stopReason;
    const details = objectOrNull(delta?.stop_details);
    this.#stopCategory = textOrNull(details?.category) ?? this.#stopCategory;
    this.#overwriteUsage(objectOrNull(data.usage));
  }

  #overwriteUsage(usage: JsonObject | null): void {
    if (usage === null) return;
    const merged: Record<string, JsonObject[string]> = { ...this.#reported };
    for (const key in usage) {
      const value = usage[key];
      if (value !== null || merged[key] === undefined) merged[key] = value;
    }
    this.#reported = merged;
  }
}

function isReadByName(name: string | null): boolean {
  return name === "ping" || name?.startsWith("content_block_") === true;
}

const NO_ERROR: ErrorReading = { type: null, message: null, errorCode: null, requestId: null };

function parseObject(event: SseEvent): JsonObject | null {
  try {
    const value: unknown = JSON.parse(sseDataText(event));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The delta's own bytes: without what wraps it, and without the padding before the last brace. */
function deltaBytes(data: Uint8Array): number {
  let end = data.length;
  while (end > 0 && (data[end - 1] === SPACE || data[end - 1] === CLOSING_BRACE)) end -= 1;
  return Math.max(0, end - 1 - DELTA_ENVELOPE_BYTES);
}
