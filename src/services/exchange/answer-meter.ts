/**
 * Watches an answer pass and keeps what decides its bill. Says how far the bytes may go on: the
 * event that ends a stream is held from its first byte, until the exchange is settled.
 */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import {
  createMessageStreamReader,
  type ReportedMiss,
  readError,
  readMessage,
  type UsageReading,
} from "../../wire/messages/index.ts";
import { createSseParser, type SseEvent } from "../../wire/sse/index.ts";

/** What an answer told, whole or streamed; `null` and "unreadable" where it told nothing. */
export type AnswerFacts = {
  readonly messageId: string | null;
  readonly modelServed: string | null;
  readonly stopReason: string | null;
  readonly stopCategory: string | null;
  readonly contentBlocks: number;
  /** What the provider says of a cache miss, where it was asked. */
  readonly reportedMiss: ReportedMiss | null;
  readonly usage: UsageReading;
  readonly reported: JsonObject | null;
  /** Whether the provider's own end of the answer was seen. */
  readonly whole: boolean;
  /** The provider's `error.type`: of an error body, or of an `error` event after status 200. */
  readonly errorType: string | null;
  /** UTF-8 bytes of output seen, for estimating what nobody reported. */
  readonly outputBytes: number;
  /** Why the answer could not be read, in a few words; `null` when it could. */
  readonly unread: string | null;
};

export type AnswerMeter = {
  /** Takes the next decoded bytes; returns the offset up to which they may be passed on now. */
  readonly take: (bytes: Buffer) => number;
  /** The upstream ended the body in good order. */
  readonly end: () => void;
  /** The bytes can no longer be followed; everything may pass, and the facts say why. */
  readonly giveUp: (why: string) => void;
  /** Whether the answer's own end has been seen, though bytes may still follow. */
  readonly isOver: () => boolean;
  readonly facts: () => AnswerFacts;
  /** Where a stream that has begun and not ended can be ended by us; `null` where none can. */
  readonly brakePoint: () => BrakePoint | null;
};

export type BrakePoint = {
  /** Where the last whole event ended: what follows is not to be passed on. */
  readonly offset: number;
  /** Index of the content block that is to be closed; `null` for none. */
  readonly openBlock: number | null;
};

export type AnswerLimits = { readonly answerBytesMax: number; readonly eventBytesMax: number };

const NOT_REPORTED: UsageReading = {
  kind: "unreadable",
  reason: "no usage was reported",
  path: "usage",
};

const NOTHING_KNOWN: AnswerFacts = {
  messageId: null,
  modelServed: null,
  stopReason: null,
  stopCategory: null,
  contentBlocks: 0,
  reportedMiss: null,
  usage: NOT_REPORTED,
  reported: null,
  whole: false,
  errorType: null,
  outputBytes: 0,
  unread: null,
};

/** The facts of an exchange that never got an answer. */
export function noAnswer(): AnswerFacts {
  return NOTHING_KNOWN;
}

export function meterAnswer(contentType: string, limits: AnswerLimits): AnswerMeter {
  return guardMeter(
    contentType.startsWith("text/event-stream") ? new StreamMeter(limits) : new BodyMeter(limits),
  );
}

/**
 * A meter that never throws: it works inside the handlers of a connection, where a failure would end
 * the answer or the process. A failed one lets everything pass, and its facts say that it failed.
 */
export function guardMeter(meter: AnswerMeter): AnswerMeter {
  return new GuardedMeter(meter);
}

class GuardedMeter implements AnswerMeter {
  readonly #meter: AnswerMeter;
  #takenBytes = 0;
  #failure: string | null = null;

  constructor(meter: AnswerMeter) {
    this.#meter = meter;
  }

  take(bytes: Buffer): number {
    this.#takenBytes += bytes.length;
    return this.#guard(
      () => this.#meter.take(bytes),
      () => this.#takenBytes,
    );
  }

  end(): void {
    this.#guard(() => this.#meter.end(), nothing);
  }

  giveUp(why: string): void {
    this.#guard(() => this.#meter.giveUp(why), nothing);
  }

  isOver(): boolean {
    return this.#guard(
      () => this.#meter.isOver(),
      () => false,
    );
  }

  facts(): AnswerFacts {
    return this.#guard(
      () => this.#meter.facts(),
      () => ({ ...NOTHING_KNOWN, unread: this.#failure }),
    );
  }

  brakePoint(): BrakePoint | null {
    return this.#guard(
      () => this.#meter.brakePoint(),
      () => null,
    );
  }

  #guard<T>(work: () => T, otherwise: () => T): T {
    if (this.#failure !== null) return otherwise();
    try {
      return work();
    } catch (error) {
      this.#failure = `the meter failed: ${error instanceof Error ? error.name : "unknown"}`;
      return otherwise();
    }
  }
}

function nothing(): void {}

/**
 * An unfinished event is held up to this many bytes, because it could be the one that ends the
 * answer. No client can use a part of an event, so nobody waits for it.
 */
const UNFINISHED_EVENT_BYTES_HELD_MAX = 4_096;

class StreamMeter implements AnswerMeter {
  readonly #parser;
  readonly #reader = createMessageStreamReader();
  #takenBytes = 0;
  /** Where the last whole event ended. */
  #finishedBytes = 0;
  #endsAt: number | null = null;
  #unread: string | null = null;

  constructor(limits: AnswerLimits) {
    this.#parser = createSseParser({ eventBytesMax: limits.eventBytesMax });
  }

  take(bytes: Buffer): number {
    this.#takenBytes += bytes.length;
    if (this.#unread !== null) return this.#takenBytes;
    for (const event of this.#parser.feed(bytes)) this.#accept(event);
    if (this.#endsAt !== null) return this.#endsAt;
    const unfinished = this.#takenBytes - this.#finishedBytes;
    return unfinished > UNFINISHED_EVENT_BYTES_HELD_MAX ? this.#takenBytes : this.#finishedBytes;
  }

  end(): void {
    const last = this.#parser.end();
    if (last !== null) this.#accept(last);
  }

  giveUp(why: string): void {
    this.#unread ??= why;
  }

  isOver(): boolean {
    return this.#endsAt !== null;
  }

  facts(): AnswerFacts {
    const view = this.#reader.view();
    return {
      messageId: view.id,
      modelServed: view.model,
      stopReason: view.stopReason,
      stopCategory: view.stopCategory,
      contentBlocks: view.contentBlocks,
      reportedMiss: view.reportedMiss,
      usage: view.started || view.reported !== null ? view.usage : NOT_REPORTED,
      reported: view.reported,
      whole: view.final,
      errorType: view.error === null ? null : (view.error.type ?? "error"),
      outputBytes: view.outputBytes,
      unread: this.#unread,
    };
  }

  brakePoint(): BrakePoint | null {
    const { started, stopReason, openBlock, unreadableEvents } = this.#reader.view();
    const isFollowed = this.#unread === null && unreadableEvents === 0;
    if (!isFollowed || !started || stopReason !== null || this.#endsAt !== null) return null;
    return { offset: this.#finishedBytes, openBlock };
  }

  #accept(event: SseEvent): void {
    // What follows the answer's own end is not part of it, however the bytes are cut.
    if (this.#endsAt !== null) return;
    this.#finishedBytes = event.end;
    this.#reader.accept(event);
    if (isEnding(event)) this.#endsAt = event.start;
  }
}

/** An ending event without a name is known by its data, as proxies that drop names send it. */
function isEnding(event: SseEvent): boolean {
  if (event.name !== null) return event.name === "message_stop" || event.name === "error";
  if (event.dataBytes.length > UNFINISHED_EVENT_BYTES_HELD_MAX) return false;
  const text = Buffer.from(event.dataBytes).toString("latin1");
  return /^\s*\{\s*"type"\s*:\s*"(message_stop|error)"/.test(text);
}

class BodyMeter implements AnswerMeter {
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #takenBytes = 0;
  #facts: AnswerFacts = NOTHING_KNOWN;
  #isOver = false;

  constructor(limits: AnswerLimits) {
    this.#bytesMax = limits.answerBytesMax;
  }

  take(bytes: Buffer): number {
    this.#takenBytes += bytes.length;
    if (this.#facts.unread !== null) return this.#takenBytes;
    if (this.#takenBytes > this.#bytesMax) this.giveUp("the answer is longer than the limit");
    else this.#pieces.push(bytes);
    return this.#takenBytes;
  }

  end(): void {
    this.#isOver = true;
    if (this.#facts.unread !== null) return;
    const body = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#facts = factsOfBody(body ?? Buffer.alloc(0));
  }

  giveUp(why: string): void {
    this.#pieces = [];
    this.#facts = { ...NOTHING_KNOWN, unread: why };
  }

  isOver(): boolean {
    return this.#isOver;
  }

  facts(): AnswerFacts {
    return this.#facts;
  }

  /** A body that is not a stream is whole or it is nothing. */
  brakePoint(): null {
    return null;
  }
}

function factsOfBody(body: Buffer): AnswerFacts {
  const value = parsed(body);
  if (value === undefined) return { ...NOTHING_KNOWN, unread: "the answer is not JSON" };
  if (isJsonObject(value) && value.type === "error") {
    return { ...NOTHING_KNOWN, whole: true, errorType: readError(value)?.type ?? "error" };
  }
  return factsOfMessage(value);
}

/** The facts of a whole Message, however it came. */
export function factsOfMessage(value: unknown): AnswerFacts {
  const message = readMessage(value);
  if (message.kind === "unreadable") {
    return { ...NOTHING_KNOWN, unread: `the answer ${message.reason}` };
  }
  return {
    ...NOTHING_KNOWN,
    messageId: message.id,
    modelServed: message.model,
    stopReason: message.stopReason,
    stopCategory: message.stopCategory,
    contentBlocks: message.contentBlocks,
    reportedMiss: message.reportedMiss,
    usage: message.reported === null ? NOT_REPORTED : message.usage,
    reported: message.reported,
    whole: true,
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
