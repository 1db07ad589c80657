/** Calls whose batch would not make the deadline are made in real time, each at most once. */

import type { CallId, Instant } from "../../base/index.ts";
import type { DeferredStatus, OpenedEntry } from "../../stores/contracts/index.ts";
import {
  meterAnswer,
  noAnswer,
  openExchange,
  readRequest,
  settleExchange,
} from "../exchange/index.ts";
import type { BatchContext } from "./batch-context.ts";
import type { Desk } from "./deferral-desk.ts";
import type { UpstreamAnswer } from "./upstream-calls.ts";

/** Calls that are looked at in one round. */
const PRESSING_READ_MAX = 10_000;
/** Attempts that the provider refused cost nothing; one that nobody answered is not repeated. */
const ATTEMPTS_MAX = 3;
const UNBILLED_STATUSES: ReadonlySet<number> = new Set([429, 500, 503, 529]);
const ANSWER_LIMITS = { answerBytesMax: 64 * 1024 * 1024, eventBytesMax: 1024 };

type Rules = {
  readonly settling: ReturnType<BatchContext["settling"]>;
  readonly versions: ReturnType<BatchContext["versions"]>;
};

export class RealTimeCalls {
  readonly #context: BatchContext;
  readonly #desk: Desk;
  /** Calls that this process is making. */
  readonly #running = new Map<CallId, Promise<void>>();

  constructor(context: BatchContext, desk: Desk) {
    this.#context = context;
    this.#desk = desk;
  }

  /** Begins what has to be begun now, as far as there is room; what it begins goes on by itself. */
  async callPressing(signal: AbortSignal): Promise<void> {
    const { clock, settings, state } = this.#context;
    const before = (clock.now() + settings.realTimeBeforeMs) as Instant;
    for (const call of await state.pressing(before, PRESSING_READ_MAX)) {
      if (signal.aborted || this.#running.size >= settings.realTimeCallsMax) return;
      if (this.#running.has(call.id)) continue;
      const made = this.#call(call)
        .catch((error: unknown) => this.#tell(call, error))
        .finally(() => this.#running.delete(call.id));
      this.#running.set(call.id, made);
    }
  }

  /** Resolves when every call that was begun has ended. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #call(call: DeferredStatus): Promise<void> {
    const { clock, state, seal } = this.#context;
    // It was made by a process that died: whether it was answered, nobody knows, so it is not repeated.
    if (call.fellBack) {
      if (clock.now() >= call.deadlineAt) await this.#answer(call, null);
      return;
    }
    const sealed = (await state.bodies([call.id])).get(call.id);
    if (sealed === undefined || !(await state.fallBack(call.id))) return;
    await this.#make(call, seal.open(sealed, call.id));
  }

  #tell({ id }: DeferredStatus, error: unknown): void {
    const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown";
    const message = "a deferred call could not be made in real time";
    this.#context.log({
      level: "error",
      event: "real-time-failed",
      message,
      data: { call: id, reason },
    });
  }

  async #make(call: DeferredStatus, body: Buffer): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt === ATTEMPTS_MAX;
      const { answer, isOver } = await this.#attempt(call, body, isLast);
      if (isOver) return this.#answer(call, answer);
    }
  }

  /** What is set aside for the call is settled by the attempt that is the last one. */
  async #attempt(
    call: DeferredStatus,
    body: Buffer,
    isLast: boolean,
  ): Promise<{ readonly answer: UpstreamAnswer | null; readonly isOver: boolean }> {
    const { ledger, setAside, settling, upstream, versions } = this.#context;
    const reserved = setAside.forRealTime(call);
    // Taken once, so that the call is settled by what it says that it ran under.
    const rules = { settling: settling(), versions: versions() };
    const opened = this.#open(call, body, rules);
    reserved.exchange = opened.exchange;
    await ledger.open(opened);
    this.#context.prompts.remember(opened.prompt);
    const answer = await upstream.message(call, body).catch(() => null);
    const mayRetry = answer !== null && UNBILLED_STATUSES.has(answer.status);
    const isOver = isLast || !mayRetry;
    const entry = this.#settled(opened, answer, rules);
    if (isOver) reserved.settle(entry);
    try {
      await ledger.settle(entry);
      if (isOver) reserved.onRecord();
    } catch (error) {
      if (isOver) reserved.notOnRecord();
      throw error;
    }
    return { answer, isOver };
  }

  #open(call: DeferredStatus, body: Buffer, { settling, versions }: Rules): OpenedEntry {
    const { clock, prompts } = this.#context;
    const version = { apiVersion: call.apiVersion, betas: call.betas };
    const request = readRequest(body, version);
    return openExchange(
      {
        ...{ at: clock.now(), call: call.id, path: "/v1/messages", request, version },
        ...{ requestBytes: body.length, attributes: call.attributes },
        prompt: prompts.place(request),
        decisions: ["deferred real-time: the batch would not make the deadline"],
        ...{ arm: null, addedLifetime: null },
      },
      { ...this.#context, catalogue: settling.catalogue, versions },
    );
  }

  #settled(opened: OpenedEntry, answer: UpstreamAnswer | null, { settling }: Rules) {
    const { clock } = this.#context;
    return settleExchange(
      opened,
      {
        at: clock.now(),
        firstByteAt: null,
        outcome:
          answer === null
            ? "upstream-unreachable"
            : answer.status >= 400
              ? "upstream-error"
              : "completed",
        httpStatus: answer?.status ?? null,
        requestId: answer?.requestId ?? null,
        ownCode: null,
        responseBytes: answer?.body.length ?? 0,
        forwarded: true,
        answer: answer === null ? noAnswer() : factsIn(answer),
      },
      settling,
    );
  }

  async #answer(call: DeferredStatus, answer: UpstreamAnswer | null): Promise<void> {
    const { clock, seal, state } = this.#context;
    const { status, body } = answer === null ? UNREACHABLE : answer;
    const isFirst = await state.answer(call.id, {
      ...{ at: clock.now(), status, by: answer === null ? "purser" : "real-time" },
      body: seal.close(body, call.id),
    });
    if (isFirst) this.#desk.over(call);
  }
}

const UNREACHABLE = {
  status: 504,
  body: Buffer.from(
    JSON.stringify({
      type: "error",
      error: {
        type: "timeout_error",
        message:
          "Purser: neither a batch nor a call in real time was answered before the deadline [BATCH_DEADLINE_MISSED].",
        details: { error_code: "BATCH_DEADLINE_MISSED" },
      },
      request_id: null,
    }),
  ),
};

function factsIn({ body, contentType }: UpstreamAnswer) {
  const meter = meterAnswer(contentType, ANSWER_LIMITS);
  meter.take(body);
  meter.end();
  return meter.facts();
}
