/** One HTTP request and its response, watched to the end, so that the call's record is true. */
import { createHash, type Hash, hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "../../base/index.ts";
import type { CallOutcome, CallRecord } from "../calls/index.ts";
import type { FaultKind } from "../faults/index.ts";
import { NOTHING_BILLED, type SimulatedBill } from "../models/index.ts";
import type { SimulatorState } from "../simulator-state.ts";

export type Billed = { readonly usage: JsonObject | null; readonly bill: SimulatedBill };

/** What is learnt about a call on its way. */
export type CallFacts = {
  messageId: string | null;
  requestModel: string | null;
  model: string | null;
  workspace: string | null;
  stream: boolean;
  fault: FaultKind | null;
  error: string | null;
  /** Set when the end was ordered; otherwise the socket tells. */
  outcome: CallOutcome | null;
  /** What this end of the call costs. */
  billAtEnd: (outcome: CallOutcome) => Billed;
};

const UNBILLED: Billed = { usage: null, bill: NOTHING_BILLED };

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly facts: CallFacts = {
    messageId: null,
    requestModel: null,
    model: null,
    workspace: null,
    stream: false,
    fault: null,
    error: null,
    outcome: null,
    billAtEnd: () => UNBILLED,
  };
  body: Buffer = Buffer.alloc(0);
  readonly #state: SimulatorState;
  readonly #sequence: number;
  readonly #responseHash: Hash | null;
  #responseBytes = 0;
  #settled = false;
  #gone = false;

  constructor(state: SimulatorState, request: IncomingMessage, response: ServerResponse) {
    this.#state = state;
    this.request = request;
    this.response = response;
    this.startMs = state.clock.nowMs();
    this.#sequence = ++state.counted.requests;
    this.requestId = `req_01${idLetters(state.seed, "request", this.#sequence)}`;
    this.headers = flatHeaders(request);
    this.#responseHash = state.calls.isOff ? null : createHash("sha256");
    response.once("finish", () => this.#settle(true));
    response.once("close", () => {
      this.#gone = !response.writableFinished;
      this.#settle(response.writableFinished);
    });
    response.on("error", () => undefined);
  }

  /** The client has left before the response was complete. */
  get isGone(): boolean {
    return this.#gone;
  }

  get url(): URL {
    return new URL(this.request.url ?? "/", "http://simulator.invalid");
  }

  /** Counts bytes of the body, before compression, into the record. */
  noteSent(chunk: string | Buffer): void {
    this.#responseBytes += Buffer.byteLength(chunk);
    this.#responseHash?.update(chunk);
  }

  #settle(completelySent: boolean): void {
    if (this.#settled) return;
    this.#settled = true;
    const { facts } = this;
    const ended = facts.outcome ?? (completelySent ? "completed" : "client-gone");
    const outcome = ended === "completed" && this.response.statusCode >= 400 ? "rejected" : ended;
    const billed = facts.billAtEnd(outcome);
    if (this.#state.calls.isOff) return;
    this.#state.calls.add(this.#record(outcome, completelySent, billed));
  }

  #record(outcome: CallOutcome, completelySent: boolean, billed: Billed): CallRecord {
    const { facts } = this;
    return {
      sequence: this.#sequence,
      requestId: this.requestId,
      messageId: facts.messageId,
      batchItem: null,
      at: new Date(this.startMs).toISOString(),
      method: this.request.method ?? "",
      path: this.url.pathname,
      status: this.response.statusCode,
      outcome,
      fault: facts.fault,
      stream: facts.stream,
      requestModel: facts.requestModel,
      model: facts.model,
      workspace: facts.workspace,
      usage: billed.usage,
      bill: billed.bill,
      error: facts.error,
      completelySent: completelySent && outcome !== "cut",
      requestBytes: this.body.length,
      requestSha256: hash("sha256", this.body, "hex"),
      responseBytes: this.#responseBytes,
      responseSha256: this.#responseHash?.digest("hex") ?? "",
      requestHeaders: this.headers,
    };
  }
}

/** 22 letters that follow from the seed, the kind of id and its number. */
export function idLetters(seed: number, kind: string, sequence: number): string {
  const digest = hash("sha256", `${seed} ${kind} ${sequence}`, "base64url");
  return digest.replace(/[-_]/g, "x").slice(0, 22);
}

function flatHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
