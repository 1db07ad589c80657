/**
 * Puts waiting calls into batches. The state is written ahead: a call is in `sending` before the
 * provider can have it, so that a crash in between leaves a batch to be looked for, never one that is
 * sent twice.
 */
import type { CallId, Instant } from "../../base/index.ts";
import { isJsonObject } from "../../base/index.ts";
import type { DeferredStatus } from "../../stores/contracts/index.ts";
import { readBatchObject } from "../../wire/batches/index.ts";
import { readError } from "../../wire/messages/index.ts";
import { BatchCreation, type CreationEnd } from "../exchange/index.ts";
import type { BatchContext } from "./batch-context.ts";
import { type CallGroup, groupCalls } from "./group-calls.ts";
import type { Primers } from "./primers.ts";
import type { UpstreamAnswer } from "./upstream-calls.ts";

/** Calls that are looked at in one round. */
const WAITING_READ_MAX = 200_000;
/** Requests that are in memory at once. */
const BODIES_TOGETHER = 20;
/** After a batch that was refused, the next one waits longer each time, up to this. */
const PAUSE_MS_MAX = 15 * 60_000;
const PAUSE_MS_FIRST = 15_000;

export class CallSubmitter {
  readonly #context: BatchContext;
  readonly #primers: Primers;
  readonly #sending = new Set<CallId>();
  #pauseMs = 0;
  #pausedUntil: Instant | null = null;

  constructor(context: BatchContext, primers: Primers) {
    this.#context = context;
    this.#primers = primers;
  }

  /** Whether this process waits for the answer to that creation. */
  isSending(creation: CallId): boolean {
    return this.#sending.has(creation);
  }

  /** Submits what is due now. */
  async submitDue(signal: AbortSignal): Promise<void> {
    const { clock, settings, state, batches } = this.#context;
    const now = clock.now();
    if (this.#pausedUntil !== null && now < this.#pausedUntil) return;
    const waiting = await state.inState("waiting", WAITING_READ_MAX);
    const mayWait = waiting.filter(({ fellBack }) => !fellBack);
    if (mayWait.length === 0) return;
    const running = await batches.unbooked(settings.batchesMax);
    const groups = groupCalls(mayWait, { now, settings, ...this.#primers.at(now) });
    for (const group of groups.slice(0, Math.max(0, settings.batchesMax - running.length))) {
      if (signal.aborted) return;
      const isTaken = await this.#submit(group);
      if (!isTaken) return;
    }
  }

  /** False when the provider does not take batches now. */
  async #submit(group: CallGroup): Promise<boolean> {
    const byId = new Map(group.calls.map((call) => [call.id as string, call]));
    const creation = this.#creationOf(group, byId);
    this.#sending.add(creation.call);
    try {
      return await this.#send(group, creation, byId);
    } finally {
      this.#sending.delete(creation.call);
    }
  }

  async #send(
    group: CallGroup,
    creation: BatchCreation,
    byId: ReadonlyMap<string, DeferredStatus>,
  ): Promise<boolean> {
    const { state, upstream, clock } = this.#context;
    await creation.begin();
    const ids = group.calls.map(({ id }) => id);
    const sent = await state.send(ids, creation.call);
    const body = new BatchBody(this.#context, creation, sent);
    const end = await upstream
      .create(group, { bytes: sizeOf(sent, byId), pieces: body.pieces() })
      .then(endOf, (error: unknown) => failedEnd(body, error));
    await creation.end(end, clock.now());
    return this.#conclude(group, creation.call, end);
  }

  #creationOf(group: CallGroup, byId: ReadonlyMap<string, DeferredStatus>): BatchCreation {
    const { clock, settings, settling, setAside, versions, batches } = this.#context;
    const [first] = group.calls;
    return new BatchCreation(
      { ...this.#context, catalogue: settling().catalogue, versions: versions(), store: batches },
      {
        at: clock.now(),
        version: group,
        attributesOf: (_user, customId) =>
          byId.get(customId ?? "")?.attributes ?? { ...NOBODY, key: first?.key ?? null },
        callOf: (customId) => customId as CallId,
        reservedFor: (customId) => {
          const call = byId.get(customId);
          return call === undefined ? null : setAside.takeForBatch(call);
        },
        itemBytesMax: settings.batchBytesMax,
        itemsMax: settings.batchRequestsMax,
      },
    );
  }

  async #conclude(group: CallGroup, creation: CallId, end: CreationEnd): Promise<boolean> {
    const { state, log } = this.#context;
    const data = { calls: group.calls.length, creation };
    if (end.kind === "created") {
      await state.submitted(creation);
      this.#primers.sent(group.calls);
      this.#pauseMs = 0;
      const message = "calls were submitted as a batch";
      log({
        level: "info",
        event: "batch-submitted",
        message,
        data: { ...data, batch: end.batch },
      });
      return true;
    }
    // What nobody answered stays in `sending`: it is looked for before anything is sent again.
    if (end.kind !== "unknown") await state.release(creation);
    this.#pause();
    const reason = end.kind === "refused" ? `status ${end.httpStatus}` : end.reason;
    const message = "a batch could not be submitted; its calls wait on";
    log({ level: "warn", event: "batch-not-submitted", message, data: { ...data, reason } });
    return false;
  }

  #pause(): void {
    this.#pauseMs = Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_FIRST, this.#pauseMs * 2));
    this.#pausedUntil = (this.#context.clock.now() + this.#pauseMs) as Instant;
  }
}

const NOBODY = {
  ...{ user: null, userType: null, team: null, endpoint: null, session: null },
  ...{ tags: {}, client: null },
};

const HEAD = Buffer.from('{"requests":[');
const TAIL = Buffer.from("]}");

function frameOf(id: string): { readonly head: Buffer; readonly tail: Buffer } {
  return { head: Buffer.from(`{"custom_id":"${id}","params":`), tail: Buffer.from("}") };
}

function sizeOf(ids: readonly CallId[], byId: ReadonlyMap<string, DeferredStatus>): number {
  const commas = Math.max(0, ids.length - 1);
  return ids.reduce(
    (sum, id) => {
      const { head, tail } = frameOf(id);
      return sum + head.length + tail.length + (byId.get(id)?.bodyBytes ?? 0);
    },
    HEAD.length + TAIL.length + commas,
  );
}

/** The body of a batch, a few requests at a time; each piece is on record before it goes out. */
class BatchBody {
  isComplete = false;
  readonly #context: BatchContext;
  readonly #creation: BatchCreation;
  readonly #ids: readonly CallId[];

  constructor(context: BatchContext, creation: BatchCreation, ids: readonly CallId[]) {
    this.#context = context;
    this.#creation = creation;
    this.#ids = ids;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    yield await this.#recorded(HEAD);
    for (let from = 0; from < this.#ids.length; from += BODIES_TOGETHER) {
      const ids = this.#ids.slice(from, from + BODIES_TOGETHER);
      yield await this.#recorded(await this.#requests(ids, from === 0));
    }
    yield await this.#recorded(TAIL);
    this.isComplete = true;
  }

  async #requests(ids: readonly CallId[], areFirst: boolean): Promise<Buffer> {
    const { state, seal } = this.#context;
    const sealed = await state.bodies(ids);
    const parts = ids.map((id, index) => {
      const body = sealed.get(id);
      // Canceled just now: an empty request would be billed as nothing and answered with an error.
      if (body === undefined) throw new Error(`the request of ${id} is gone`);
      const { head, tail } = frameOf(id);
      const comma = areFirst && index === 0 ? "" : ",";
      return Buffer.concat([Buffer.from(comma), head, seal.open(body, id), tail]);
    });
    return Buffer.concat(parts);
  }

  async #recorded(piece: Buffer): Promise<Buffer> {
    await this.#creation.take(piece);
    return piece;
  }
}

function endOf({ status, value, requestId }: UpstreamAnswer): CreationEnd {
  if (status >= 400) {
    const errorType = isJsonObject(value) ? (readError(value)?.type ?? null) : null;
    return { kind: "refused", httpStatus: status, errorType, requestId };
  }
  const batch = readBatchObject(value);
  return batch.kind === "batch"
    ? { kind: "created", batch: batch.id, requestId }
    : { kind: "unknown", reason: `the answer ${batch.reason}` };
}

function failedEnd(body: BatchBody, error: unknown): CreationEnd {
  const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown";
  return body.isComplete ? { kind: "unknown", reason } : { kind: "not-sent", reason };
}
