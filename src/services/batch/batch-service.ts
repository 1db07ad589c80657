/** The batch service as one thing: a desk for calls, and the work in the background. */

import type { Instant } from "../../base/index.ts";
import type { BatchStore, DeferredStore } from "../../stores/contracts/index.ts";
import type { BatchContext } from "./batch-context.ts";
import { ResultCollector } from "./collect-results.ts";
import { type DeferralDesk, Desk } from "./deferral-desk.ts";
import { RealTimeCalls } from "./fall-back.ts";
import { LostCreations } from "./find-lost.ts";
import { Primers } from "./primers.ts";
import { createSeal } from "./seal.ts";
import { SetAside } from "./set-aside.ts";
import { CallSubmitter } from "./submit-calls.ts";
import { connectUpstreamCalls } from "./upstream-calls.ts";

export type BatchServiceOptions = Omit<
  BatchContext,
  "seal" | "upstream" | "state" | "batches" | "setAside"
> & {
  readonly state: { readonly deferred: DeferredStore; readonly batches: BatchStore };
  readonly installationSecret: Uint8Array;
  /** Base URL of the API. */
  readonly upstreamUrl: string;
  /** The provider's key; `null` when there is none, and then nothing is deferred. */
  readonly upstreamKey: () => string | null;
  readonly upstreamTimeoutMs: number;
};

export type BatchService = {
  readonly desk: DeferralDesk;
  /** Sets aside again what calls of an earlier process may come to; before budgets are in force. */
  readonly resume: () => Promise<void>;
  /** One round of each kind of work; a job runner calls them again and again. */
  readonly submit: (signal: AbortSignal) => Promise<void>;
  readonly collect: (signal: AbortSignal) => Promise<void>;
  readonly callPressing: (signal: AbortSignal) => Promise<void>;
  /** Resolves when no call in real time is on its way. */
  readonly realTimeEnded: () => Promise<void>;
  readonly tidyUp: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Results are kept by the provider for 29 days; nothing comes after that. */
const BATCHES_KEPT_MS = 31 * 24 * 3_600_000;

export function openBatchService(options: BatchServiceOptions): BatchService {
  const calls = connectUpstreamCalls({
    url: options.upstreamUrl,
    credential: options.upstreamKey,
    answerBytesMax: ANSWER_BYTES_MAX,
    timeoutMs: options.upstreamTimeoutMs,
  });
  const context: BatchContext = {
    ...options,
    state: options.state.deferred,
    batches: options.state.batches,
    setAside: new SetAside(options.reservations.gate),
    seal: createSeal(options.installationSecret),
    upstream: { ...calls, credential: options.upstreamKey },
  };
  const desk = new Desk(context);
  const primers = new Primers();
  const submitter = new CallSubmitter(context, primers);
  const lost = new LostCreations(context, (creation) => submitter.isSending(creation));
  const collector = new ResultCollector(context, desk, primers);
  const realTime = new RealTimeCalls(context, desk);
  return {
    desk,
    resume: () => resume(context),
    submit: async (signal) => {
      await lost.find(signal);
      await submitter.submitDue(signal);
    },
    collect: (signal) => collector.collect(signal),
    callPressing: (signal) => realTime.callPressing(signal),
    realTimeEnded: () => realTime.ended(),
    tidyUp: () => tidyUp(context),
    close: () => calls.close(),
  };
}

async function resume({ batches, reservations, setAside, settings, state }: BatchContext) {
  await reservations.resume(batches, settings.callsMax);
  for (const each of ["waiting", "sending", "submitted"] as const) {
    setAside.resume(await state.inState(each, settings.callsMax));
  }
}

async function tidyUp({ batches, clock, settings, state }: BatchContext): Promise<void> {
  const now = clock.now();
  await state.removeBefore((now - settings.answerKeptMs) as Instant);
  await batches.removeBefore((now - BATCHES_KEPT_MS) as Instant);
}
