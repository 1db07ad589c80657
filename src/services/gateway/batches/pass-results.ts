/** The results of a batch on their way to the client: none leaves before it is booked. */
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { BatchStore } from "../../../stores/contracts/index.ts";
import { BatchResults } from "../../exchange/index.ts";
import type { AdmittedCall } from "../access/index.ts";
import { attribute } from "../attributes.ts";
import { ClientSide } from "../client-side.ts";
import { type Decoder, decoderFor } from "../decoder.ts";
import { forward } from "../forward.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { readAnswerHeaders } from "../headers.ts";
import { rawHeadersOf } from "../passed-answer.ts";
import { refuse } from "../refuse.ts";
import { NO_SEAT } from "../roster.ts";
import { EndedByGateway, failureOf } from "../upstream-failure.ts";

type Asked = {
  readonly response: ServerResponse;
  readonly path: string;
  readonly batch: string;
  readonly store: BatchStore;
  readonly admitted: AdmittedCall;
};

export function passResults(context: GatewayContext, asked: Asked): void {
  const { response, path, batch, store } = asked;
  const { caller, headers, read } = asked.admitted;
  const { settings, clock } = context;
  const { attributes } = attribute({
    ...{ caller, headers: read, metadataUserId: null, limits: settings },
  });
  const results = new BatchResults(
    { ...context, store, settling: { ...context, billedAfterCut: settings.billedAfterCut } },
    {
      batch,
      seenBy: { at: clock.now(), attributes },
      lineBytesMax: settings.meteredAnswerBytesMax,
    },
  );
  const answer = new ResultsAnswer(context, response, results);
  forward(context, { method: "GET", path, headers, body: null }, answer);
}

class ResultsAnswer implements Dispatcher.DispatchHandler {
  seat = NO_SEAT;
  readonly #context: GatewayContext;
  readonly #client: ClientSide;
  readonly #results: BatchResults;
  #controller: Dispatcher.DispatchController | null = null;
  #stopped: EndedByGateway | null = null;
  #pauses = 0;
  #isBooked = false;
  #decoder: Decoder | "none" | null = "none";
  #decoded: Buffer[] = [];
  #receivedBytes = 0;
  /** Steps run one after another: a piece is booked before the next one is looked at. */
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(context: GatewayContext, response: ServerResponse, results: BatchResults) {
    this.#context = context;
    this.#results = results;
    this.#client = new ClientSide(response, this, context.settings.clientStallMs);
    context.answers.add(this);
    response.once("close", () => {
      if (!response.writableFinished) this.#stop(new EndedByGateway("CLIENT_LEFT"));
    });
  }

  pause(): void {
    this.#pauses += 1;
    if (this.#pauses === 1) this.#controller?.pause();
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#controller?.resume();
  }

  end(): void {
    this.#stop(new EndedByGateway("CLOSING"));
  }

  endIfOver(): void {}

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
    this.#isBooked = status < 300;
    this.#decoder = decoderFor(headers.contentEncoding, {
      onBytes: (bytes) => this.#decoded.push(bytes),
      onFailure: () => this.#tellUnread("they are not in the encoding that they say they are"),
    });
    if (this.#decoder === null) this.#tellUnread("their encoding is unknown");
    this.#client.begin(status, statusText, headers.forwarded);
    this.#client.flushHead();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    const upTo = this.#receivedBytes;
    this.#context.counters.responseBytes += chunk.length;
    this.#client.hold(chunk);
    this.pause();
    this.#then(async () => {
      if (this.#isBooked) await this.#book(chunk);
      this.#client.releaseUpTo(upTo);
      this.resume();
    });
  }

  onResponseEnd(): void {
    this.#then(async () => {
      const decoder = this.#decoder;
      if (decoder !== null && decoder !== "none") {
        await new Promise<void>((resolve) => decoder.end(resolve));
        await this.#takeDecoded();
      }
      if (this.#isBooked) await this.#results.end();
      this.#client.finish();
      this.#finish();
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    const failure = failureOf(error);
    if (this.#client.response.headersSent) this.#client.cut();
    else if (!(error instanceof EndedByGateway && error.code === "CLIENT_LEFT")) {
      this.#context.counters.refusal(failure.code);
      refuse(this.#client.response, { ...failure, exchange: null });
    }
    this.#finish();
  }

  async #book(chunk: Buffer): Promise<void> {
    const decoder = this.#decoder;
    if (decoder === null) return;
    if (decoder === "none") return this.#results.take(chunk);
    await new Promise<void>((resolve) => decoder.write(chunk, resolve));
    await this.#takeDecoded();
  }

  async #takeDecoded(): Promise<void> {
    const bytes = Buffer.concat(this.#decoded);
    this.#decoded = [];
    if (bytes.length > 0) await this.#results.take(bytes);
  }

  /** Results that cannot be booked are not given out, unless the operator chose to: ask again. */
  #then(step: () => Promise<void>): void {
    this.#last = this.#last.then(step).catch((error: unknown) => {
      if (this.#isOver) return;
      const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
      const message = "results of a batch could not be booked; they were not given out";
      this.#context.counters.settleFailures += 1;
      this.#context.log({ level: "error", event: "settle-failed", message, data: { reason } });
      this.#client.cut();
      this.#stop(new EndedByGateway("CLOSING"));
      this.#finish();
    });
  }

  #tellUnread(why: string): void {
    const message = "results of a batch pass without being booked";
    this.#context.log({ level: "warn", event: "batch-unread", message, data: { reason: why } });
  }

  #stop(reason: EndedByGateway): void {
    if (this.#isOver || this.#stopped !== null) return;
    this.#stopped = reason;
    this.#client.abandon();
    this.#controller?.abort(reason);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { booked, unknown } = this.#results.counts;
    this.#context.counters.batchResults += booked + unknown;
    if (this.#decoder !== null && this.#decoder !== "none") this.#decoder.destroy();
    this.#context.answers.delete(this);
  }
}
