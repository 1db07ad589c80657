/**
 * An answer that is taken in whole before any of it is passed on: small ones, which something must be
 * done about first. One that grows too long is passed on as it comes, and is not looked at.
 */
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { ClientSide } from "../client-side.ts";
import { type Decoder, decoderFor } from "../decoder.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { type AnswerHeaders, readAnswerHeaders } from "../headers.ts";
import { rawHeadersOf } from "../passed-answer.ts";
import { refuse } from "../refuse.ts";
import { NO_SEAT } from "../roster.ts";
import { EndedByGateway, failureOf, type UpstreamFailure } from "../upstream-failure.ts";

/** A list of a thousand batches has about 600 kB. */
const WHOLE_ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export type WholeAnswer = {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** As it came. */
  readonly body: Buffer;
  /** Decoded and parsed; `undefined` when it is no JSON or too long to look at. */
  readonly value: unknown;
};

/** What is done with the answer before it goes on. */
export type AnswerTaker = {
  /** Returns the body to pass on; rejects when the client must not have the answer. */
  readonly onAnswer: (answer: WholeAnswer) => Promise<Buffer>;
  /** There will be no whole answer. Returns how to refuse the client, where nothing was sent yet. */
  readonly onFailure: (failure: UpstreamFailure) => Promise<UpstreamFailure>;
  /** Whether the upstream goes on when the client has left. */
  readonly outlivesClient: boolean;
};

export class WholeAnswerHandler implements Dispatcher.DispatchHandler {
  seat = NO_SEAT;
  readonly #context: GatewayContext;
  readonly #client: ClientSide;
  readonly #taker: AnswerTaker;
  #controller: Dispatcher.DispatchController | null = null;
  #stopped: EndedByGateway | null = null;
  #status = 0;
  #statusText = "";
  #headers: AnswerHeaders | null = null;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isPassing = false;
  #isOver = false;

  constructor(context: GatewayContext, response: ServerResponse, taker: AnswerTaker) {
    this.#context = context;
    this.#taker = taker;
    const flow = {
      pause: () => this.#controller?.pause(),
      resume: () => this.#controller?.resume(),
    };
    this.#client = new ClientSide(response, flow, context.settings.clientStallMs);
    context.answers.add(this);
    response.once("close", () => this.#onClientClose());
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
    this.#status = status;
    this.#statusText = statusText;
    this.#headers = readAnswerHeaders(rawHeadersOf(controller));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#context.counters.responseBytes += chunk.length;
    this.#pieces.push(chunk);
    if (this.#bytes > WHOLE_ANSWER_BYTES_MAX) this.#passPieces();
  }

  onResponseEnd(): void {
    if (this.#isPassing) this.#passPieces();
    this.#finish(this.#onWhole());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    this.#finish(this.#onFailure(failureOf(error), error));
  }

  async #onWhole(): Promise<void> {
    const { headers } = this;
    const body = Buffer.concat(this.#pieces);
    const value = this.#isPassing ? undefined : await parsedBody(headers, body);
    const status = this.#status;
    const passed = await this.#taker.onAnswer({ status, headers, body, value });
    if (this.#isPassing) return this.#client.finish();
    this.#begin(passed.length);
    this.#client.hold(passed);
    this.#client.finish();
  }

  get headers(): AnswerHeaders {
    return this.#headers ?? readAnswerHeaders([]);
  }

  async #onFailure(failure: UpstreamFailure, error: Error): Promise<void> {
    const told = await this.#taker.onFailure(failure);
    if (this.#client.response.headersSent) return this.#client.cut();
    if (error instanceof EndedByGateway && error.code === "CLIENT_LEFT") return;
    this.#context.counters.refusal(told.code);
    refuse(this.#client.response, { ...told, exchange: null }, true);
  }

  /** A body whose length changed is told by its new one. */
  #begin(bodyBytes: number): void {
    const { forwarded, contentLength } = this.headers;
    const headers = contentLength === null ? forwarded : withLength(forwarded, bodyBytes);
    if (!this.#client.response.destroyed) {
      this.#client.begin(this.#status, this.#statusText, headers);
    }
  }

  #passPieces(): void {
    if (!this.#isPassing)
      this.#client.begin(this.#status, this.#statusText, this.headers.forwarded);
    this.#isPassing = true;
    for (const piece of this.#pieces) this.#client.hold(piece);
    this.#pieces = [];
    this.#client.releaseAll();
  }

  #finish(work: Promise<void>): void {
    this.#isOver = true;
    work
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
        const message = "the answer to a batch call could not be put on record";
        this.#context.log({ level: "error", event: "settle-failed", message, data: { reason } });
        this.#client.cut();
      })
      .finally(() => this.#context.answers.delete(this));
  }

  #onClientClose(): void {
    if (this.#client.response.writableFinished) return;
    this.#client.abandon();
    if (!this.#taker.outlivesClient) this.#stop(new EndedByGateway("CLIENT_LEFT"));
  }

  #stop(reason: EndedByGateway): void {
    if (this.#isOver || this.#stopped !== null) return;
    this.#stopped = reason;
    this.#controller?.abort(reason);
  }
}

function withLength(headers: readonly string[], bytes: number): string[] {
  return headers.map((part, index) => {
    const isLength = index % 2 === 1 && headers[index - 1]?.toLowerCase() === "content-length";
    return isLength ? String(bytes) : part;
  });
}

async function parsedBody(headers: AnswerHeaders, body: Buffer): Promise<unknown> {
  const text = await decoded(headers.contentEncoding, body);
  try {
    return text === null ? undefined : JSON.parse(text.toString("utf8"));
  } catch {
    return undefined;
  }
}

function decoded(encoding: string, body: Buffer): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let failed = false;
    const decoder: Decoder | "none" | null = decoderFor(encoding, {
      onBytes: (bytes) => pieces.push(bytes),
      onFailure: () => {
        failed = true;
      },
    });
    if (decoder === "none") return resolve(body);
    if (decoder === null) return resolve(null);
    decoder.write(body, () => undefined);
    decoder.end(() => resolve(failed ? null : Buffer.concat(pieces)));
  });
}
