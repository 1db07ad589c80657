/**
 * The answer to a Messages call on its way to the client.
 *
 * Promises: bytes and headers pass untouched and at once, except the last ones of a successful
 * answer: those wait until the exchange is settled, so that nothing completed goes unbilled.
 */
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Instant } from "../../base/index.ts";
import { LIMIT_WORDS } from "../../domain/limits/index.ts";
import type { OpenedEntry, Outcome, SettledEntry } from "../../stores/contracts/index.ts";
import {
  type AnswerFacts,
  type AnswerMeter,
  meterAnswer,
  noAnswer,
  settleExchange,
} from "../exchange/index.ts";
import type { Flight } from "./autopilot/index.ts";
import { brakedEnd } from "./braked-stream.ts";
import type { AdmittedCall } from "./budgets/index.ts";
import { ClientSide } from "./client-side.ts";
import { type Decoder, decoderFor } from "./decoder.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { type AnswerHeaders, readAnswerHeaders } from "./headers.ts";
import { type CallPass, endingOf } from "./limits/index.ts";
import { rawHeadersOf } from "./passed-answer.ts";
import { isRetried } from "./recent-attempts.ts";
import { refuse } from "./refuse.ts";
import { NO_SEAT } from "./roster.ts";
import { EndedByGateway, failureOf } from "./upstream-failure.ts";

/** How often a stream under a limit is looked at: after some ten events. */
const NOTED_EVERY_BYTES = 1_024;

export type MeteredCall = {
  readonly response: ServerResponse;
  /** `null` when the ledger refused and the call goes through unmetered, by setting. */
  readonly opened: OpenedEntry | null;
  /** By which a retry of this call is known. */
  readonly identity: string | null;
  /** To be told when the answer begins, and how it ended. */
  readonly flight: Flight | null;
  /** What the call holds of its budgets, and what its client is told of them. */
  readonly reserved: Pick<AdmittedCall, "hold" | "headers">;
  /** To be told what the call comes to as it runs, and how it ended. */
  readonly pass: CallPass;
  /** Called once the request's body is not needed any more. */
  readonly releaseBody: () => void;
};

export class MeteredAnswer implements Dispatcher.DispatchHandler {
  seat = NO_SEAT;
  readonly #context: GatewayContext;
  readonly #call: MeteredCall;
  readonly #client: ClientSide;
  #controller: Dispatcher.DispatchController | null = null;
  #pauses = 0;
  #headers: AnswerHeaders | null = null;
  #status: number | null = null;
  #firstByteAt: Instant | null = null;
  #meter: AnswerMeter | null = null;
  #decoder: Decoder | null = null;
  #receivedBytes = 0;
  #settlement: "none" | "running" | "done" = "none";
  #heldAtMs = 0;
  /** How the upstream's side is over. */
  #upstream: "open" | "ended" | "broken" = "open";
  #stopped: EndedByGateway | null = null;
  /** Ended by a limit in mid-stream: what the upstream still says is nobody's. */
  #isBraked = false;
  #notedBytes = 0;
  #clientLeft = false;
  #drainTimer: NodeJS.Timeout | null = null;

  constructor(context: GatewayContext, call: MeteredCall) {
    this.#context = context;
    this.#call = call;
    this.#client = new ClientSide(call.response, this, context.settings.clientStallMs);
    context.answers.add(this);
    call.response.once("close", () => this.#onClientClose());
  }

  /** Both the client's slowness and the decoder may pause the upstream; the last to let go resumes. */
  pause(): void {
    this.#pauses += 1;
    if (this.#pauses === 1) this.#controller?.pause();
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#controller?.resume();
  }

  /** Ends it because the gateway must close: what was seen so far is settled. */
  end(): void {
    this.#stop(new EndedByGateway("CLOSING"));
  }

  /** Settled, without a client, and the upstream goes on: only its connection would be spared. */
  endIfOver(): void {
    const { answers } = this.#context;
    if (answers.isClosing && this.#clientLeft && this.#settlement === "done") this.end();
  }

  /** The client left before anything was forwarded. */
  endUnsent(): void {
    this.#upstream = "broken";
    this.#clientLeft = true;
    this.#settle("client-left");
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== null) controller.abort(this.#stopped);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText = "",
  ): void {
    if (status < 200) return;
    const headers = readAnswerHeaders(rawHeadersOf(controller));
    const { meteredAnswerBytesMax, eventBytesMax } = this.#context.settings;
    const limits = { answerBytesMax: meteredAnswerBytesMax, eventBytesMax };
    this.#headers = headers;
    this.#status = status;
    this.#firstByteAt = this.#context.clock.now();
    if (status < 300) this.#call.flight?.began(this.#firstByteAt);
    this.#meter = meterAnswer(headers.contentType, limits);
    this.#decoder = this.#decoderFor(headers.contentEncoding, this.#meter);
    if (this.#clientLeft) return;
    const told = this.#call.reserved.headers;
    const lines = told.length === 0 ? headers.forwarded : [...headers.forwarded, ...told];
    this.#client.begin(status, statusText, lines);
    // The body often comes in the same packet as the head: then both leave in one write.
    process.nextTick(flushHeadUnlessBegun, this);
  }

  flushHeadUnlessBegun(): void {
    const isStream = this.#headers?.contentType.startsWith("text/event-stream") === true;
    const isBare = this.#receivedBytes === 0 || (isStream && this.#client.releasedBytes === 0);
    if (isBare && !this.#clientLeft) this.#client.flushHead();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    this.#context.counters.responseBytes += chunk.length;
    if (this.#isBraked) return;
    if (this.#clientLeft && this.#isPastDrainLimit()) return;
    if (this.#settlement !== "none" || this.#meter === null) {
      this.#passAfterEnd(chunk);
      return;
    }
    if (this.#decoder === null) {
      this.#passOn(chunk, this.#meter.take(chunk));
      if (this.#call.pass.isWatched) this.#brakeAtLimit();
      return;
    }
    this.pause();
    this.#decoder.write(chunk, () => {
      this.#passOn(chunk, this.#receivedBytes);
      this.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#isBraked) return;
    this.#upstream = "ended";
    if (this.#decoder === null) this.#onWholeAnswer();
    else this.#decoder.end(() => this.#onWholeAnswer());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isBraked) return;
    this.#upstream = "broken";
    this.#decoder?.destroy();
    if (this.#settlement === "running") return;
    if (this.#settlement === "done") {
      this.#client.cut();
      this.#finish();
      return;
    }
    const failure = failureOf(error);
    const { response } = this.#call;
    if (this.#clientLeft) {
      this.#settle("client-left");
      return;
    }
    if (response.headersSent) {
      this.#client.cut();
      this.#settle(failure.outcome === "timeout" ? "timeout" : "stream-cut", failure.code);
      return;
    }
    this.#context.counters.refusal(failure.code);
    refuse(response, { ...failure, exchange: this.#call.opened?.exchange ?? null });
    this.#settle(failure.outcome, failure.code);
  }

  #decoderFor(encoding: string, meter: AnswerMeter): Decoder | null {
    const decoder = decoderFor(encoding, {
      onBytes: (bytes) => void meter.take(bytes),
      onFailure: () => meter.giveUp(`the answer is not the ${encoding} it says it is`),
    });
    if (decoder === null) meter.giveUp(`content-encoding ${encoding.slice(0, 40)} is unknown`);
    return decoder === "none" ? null : decoder;
  }

  #passOn(chunk: Buffer, releasable: number): void {
    if (this.#clientLeft || this.#meter === null) return;
    this.#client.hold(chunk);
    const isLast = this.#headers?.contentLength === this.#receivedBytes;
    const mayGo = isLast || (this.#decoder !== null && this.#meter.isOver());
    this.#client.releaseUpTo(
      mayGo ? Math.min(releasable, this.#receivedBytes - chunk.length) : releasable,
    );
    if (this.#meter.isOver()) this.#settle(this.#outcome());
  }

  /** Ends the stream where what it has come to by now reaches a limit that nothing was set aside for. */
  #brakeAtLimit(): void {
    const { opened, pass } = this.#call;
    if (opened === null || this.#settlement !== "none" || this.#clientLeft) return;
    if (this.#receivedBytes - this.#notedBytes < NOTED_EVERY_BYTES) return;
    const point = this.#meter?.brakePoint() ?? null;
    // Part of a long event has left already: it must be whole before another may follow.
    if (point === null || this.#client.releasedBytes > point.offset) return;
    this.#notedBytes = this.#receivedBytes;
    const reached = pass.note(this.#entryOf(opened, "stream-cut", null));
    if (reached === null) return;
    this.#isBraked = true;
    const { code, what } = endingOf(reached);
    const entry = this.#entryOf(opened, "stream-cut", code);
    const end = brakedEnd({ openBlock: point.openBlock, code, what, entry });
    this.#client.replaceFrom(point.offset, Buffer.from(end));
    this.#context.counters.limitDecision(
      `limit ${reached.rule}: ended ${LIMIT_WORDS[reached.limit]}`,
    );
    this.#upstream = "ended";
    this.#controller?.abort(new EndedByGateway("LIMIT"));
    this.#settle("stream-cut", code);
  }

  /** Bytes behind the answer's own end: they follow as soon as it is settled. */
  #passAfterEnd(chunk: Buffer): void {
    if (this.#clientLeft) return;
    this.#client.hold(chunk);
    if (this.#settlement === "done") this.#client.releaseAll();
  }

  #onWholeAnswer(): void {
    this.#meter?.end();
    if (this.#settlement === "none") {
      this.#settle(this.#outcome());
      return;
    }
    if (this.#settlement === "running") return;
    this.#client.finish();
    this.#finish();
  }

  #outcome(): Outcome {
    if (this.#clientLeft) return "client-left";
    if ((this.#status ?? 0) >= 400) return "upstream-error";
    const facts = this.#facts();
    if (facts.errorType !== null) return "stream-error";
    return facts.whole || facts.unread !== null ? "completed" : "stream-cut";
  }

  #facts(): AnswerFacts {
    return this.#meter?.facts() ?? noAnswer();
  }

  #settle(outcome: Outcome, ownCode: string | null = null): void {
    const { clock, counters, ledger } = this.#context;
    const { opened } = this.#call;
    this.#settlement = "running";
    this.#heldAtMs = clock.monotonicMs();
    counters.outcome(outcome);
    if (opened === null) {
      this.#tellOver(null);
      this.#onSettled();
      return;
    }
    try {
      const entry = this.#entryOf(opened, outcome, ownCode);
      this.#tellOver(entry);
      this.#count(entry);
      this.#rememberAttempt(opened, entry);
      ledger.settle(entry).then(
        () => this.#onSettled(),
        (error: unknown) => this.#onSettleFailure(opened, outcome, error),
      );
    } catch (error) {
      this.#call.flight?.over(null);
      this.#call.pass.over(null);
      this.#onSettleFailure(opened, outcome, error);
    }
  }

  /** Whoever was told of the call's beginning is told of its end, once. */
  #tellOver(entry: SettledEntry | null): void {
    const { flight, pass, reserved } = this.#call;
    reserved.hold.settle(entry);
    flight?.over(entry);
    pass.over(entry);
  }

  #entryOf(opened: OpenedEntry, outcome: Outcome, ownCode: string | null): SettledEntry {
    const { catalogue, clock, settings, showback } = this.#context;
    return settleExchange(
      opened,
      {
        at: clock.now(),
        firstByteAt: this.#firstByteAt,
        outcome,
        httpStatus: this.#status,
        requestId: this.#headers?.requestId ?? null,
        ownCode,
        responseBytes: this.#receivedBytes,
        forwarded: this.#controller !== null,
        answer: this.#facts(),
      },
      { catalogue, billedAfterCut: settings.billedAfterCut, showback },
    );
  }

  #onSettled(): void {
    const { clock, counters } = this.#context;
    this.#settlement = "done";
    this.#call.reserved.hold.onRecord();
    counters.addedAfter.record(clock.monotonicMs() - this.#heldAtMs);
    if (this.#upstream === "ended") this.#client.finish();
    else if (this.#upstream === "broken") this.#cutIfBegun();
    else {
      this.#client.releaseAll();
      this.endIfOver();
      return;
    }
    this.#finish();
  }

  /** The answer cannot be put on record: it is not given out as if it were, unless so set. */
  #onSettleFailure({ exchange }: OpenedEntry, outcome: Outcome, error: unknown): void {
    const { counters, log, settings } = this.#context;
    counters.settleFailures += 1;
    this.#call.reserved.hold.notOnRecord();
    const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
    const message = "an exchange could not be settled; it stays open at its worst case";
    log({ level: "error", event: "settle-failed", message, data: { exchange, outcome, reason } });
    if (
      (outcome !== "completed" && !this.#isBraked) ||
      settings.onLedgerFailure === "pass-unmetered"
    ) {
      this.#onSettled();
      return;
    }
    this.#settlement = "done";
    this.#client.cut();
    if (this.#upstream === "open") this.#controller?.abort(new EndedByGateway("CLOSING"));
    this.#finish();
  }

  #count(entry: SettledEntry): void {
    const { counters, log } = this.#context;
    const { exchange, unbilledReason } = entry;
    if (unbilledReason === null || unbilledReason.startsWith("not-billed")) return;
    const isUnpriced = unbilledReason.startsWith("unpriced");
    counters.unpriced += isUnpriced ? 1 : 0;
    counters.unmetered += isUnpriced ? 0 : 1;
    const data = { exchange, reason: unbilledReason, model: entry.modelServed };
    const message = isUnpriced ? "an answer has no price" : "an answer reported no usage";
    log({
      level: "warn",
      event: isUnpriced ? "answer-unpriced" : "answer-unmetered",
      message,
      data,
    });
  }

  #rememberAttempt(opened: OpenedEntry, { outcome, httpStatus }: SettledEntry): void {
    const { identity } = this.#call;
    if (identity === null || outcome === "completed" || !isRetried(httpStatus)) return;
    this.#context.attempts.remember(identity, opened.call, this.#context.clock.monotonicMs());
  }

  #onClientClose(): void {
    if (this.#call.response.writableFinished) return;
    this.#clientLeft = true;
    // An upstream paused for this client must run on to its end, or its connection is never free.
    this.#client.abandon();
    if (this.#settlement !== "none") {
      this.endIfOver();
      return;
    }
    const { drainMsMax, onClientGone } = this.#context.settings;
    if (onClientGone === "cancel") {
      this.#stop(new EndedByGateway("CLIENT_LEFT"));
      return;
    }
    const stop = (): void => this.#stop(new EndedByGateway("DRAIN_LIMIT"));
    this.#drainTimer = setTimeout(stop, drainMsMax);
    this.#drainTimer.unref();
  }

  #isPastDrainLimit(): boolean {
    const isPast = this.#receivedBytes > this.#context.settings.drainBytesMax;
    if (isPast) this.#stop(new EndedByGateway("DRAIN_LIMIT"));
    return isPast;
  }

  #stop(reason: EndedByGateway): void {
    if (this.#stopped !== null || this.#upstream !== "open") return;
    this.#stopped = reason;
    this.#controller?.abort(reason);
  }

  #cutIfBegun(): void {
    if (!this.#call.response.writableEnded) this.#client.cut();
  }

  #finish(): void {
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#decoder?.destroy();
    this.#call.releaseBody();
    this.#context.answers.delete(this);
  }
}

function flushHeadUnlessBegun(answer: MeteredAnswer): void {
  answer.flushHeadUnlessBegun();
}
