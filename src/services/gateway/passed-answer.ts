/** An answer that is passed on without being metered: everything outside Messages calls. */
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { ClientSide } from "./client-side.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { readAnswerHeaders } from "./headers.ts";
import { refuse } from "./refuse.ts";
import { NO_SEAT } from "./roster.ts";
import { EndedByGateway, failureOf } from "./upstream-failure.ts";

export class PassedAnswer implements Dispatcher.DispatchHandler {
  seat = NO_SEAT;
  readonly #context: GatewayContext;
  readonly #client: ClientSide;
  #controller: Dispatcher.DispatchController | null = null;
  #stopped: EndedByGateway | null = null;
  #hasBegun = false;
  #isDone = false;

  constructor(context: GatewayContext, response: ServerResponse) {
    this.#context = context;
    const flow = {
      pause: () => this.#controller?.pause(),
      resume: () => this.#controller?.resume(),
    };
    this.#client = new ClientSide(response, flow, context.settings.clientStallMs);
    context.answers.add(this);
    response.once("close", () => {
      if (!response.writableFinished) this.#stop(new EndedByGateway("CLIENT_LEFT"));
    });
  }

  end(): void {
    this.#stop(new EndedByGateway("CLOSING"));
  }

  /** A client that leaves ends it already. */
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
    this.#hasBegun = true;
    this.#client.begin(status, statusText, headers.forwarded);
    this.#client.flushHead();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#context.counters.responseBytes += chunk.length;
    this.#client.hold(chunk);
    this.#client.releaseAll();
  }

  onResponseEnd(): void {
    this.#client.finish();
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const failure = failureOf(error);
    if (this.#client.response.headersSent) this.#client.cut();
    else if (!(error instanceof EndedByGateway && error.code === "CLIENT_LEFT")) {
      this.#context.counters.refusal(failure.code);
      refuse(this.#client.response, { ...failure, exchange: null }, !this.#hasBegun);
    }
    this.#finish();
  }

  #stop(reason: EndedByGateway): void {
    if (this.#isDone || this.#stopped !== null) return;
    this.#stopped = reason;
    this.#client.abandon();
    this.#controller?.abort(reason);
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#context.answers.delete(this);
  }
}

/** The header lines as they came: names and values in turn. */
export function rawHeadersOf(
  controller: Dispatcher.DispatchController,
): readonly (Buffer | string)[] {
  const raw = controller.rawHeaders;
  return Array.isArray(raw) ? raw : [];
}
