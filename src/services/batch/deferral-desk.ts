/** Where calls are handed in and answers are fetched. */
import { EventEmitter, once } from "node:events";
import { type CallId, type Instant, newCallId } from "../../base/index.ts";
import type {
  DeferredCall,
  DeferredStatus,
  NewDeferredCall,
} from "../../stores/contracts/index.ts";
import { type ReserveRefusal, readRequest, worstCaseOf } from "../exchange/index.ts";
import type { BatchContext } from "./batch-context.ts";

/** A call as the gateway hands it in. */
export type OfferedCall = Omit<
  DeferredCall,
  "id" | "bodyBytes" | "model" | "worstInBatch" | "worstInRealTime"
> & {
  /** Whether the client says that it made this call before. */
  readonly isRetry: boolean;
  /** A Messages request that a batch may hold. */
  readonly body: Buffer;
};

export type AcceptOutcome =
  | {
      readonly kind: "accepted";
      readonly id: CallId;
      /** Whether it was known already, by its identity. */
      readonly again: boolean;
    }
  | { readonly kind: "full"; readonly what: string }
  | { readonly kind: "refused"; readonly refusal: ReserveRefusal }
  | { readonly kind: "unavailable"; readonly what: string };

export type WaitOutcome =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: Buffer;
      readonly by: string;
    }
  | { readonly kind: "canceled" }
  | { readonly kind: "unknown" }
  | { readonly kind: "waiting"; readonly call: DeferredStatus };

export type DeferralDesk = {
  /** Resolves once the call is on the disk. */
  readonly accept: (call: OfferedCall) => Promise<AcceptOutcome>;
  /** How the call of that key stands now. */
  readonly look: (id: CallId, key: string) => Promise<WaitOutcome>;
  /** Resolves when the call is over, or when the signal aborts. */
  readonly wait: (id: CallId, key: string, signal: AbortSignal) => Promise<WaitOutcome>;
  /** `false` when it was over already, or is not of that key. */
  readonly cancel: (id: CallId, key: string) => Promise<boolean>;
};

/** Calls that come while others are written down are written together with the next ones. */
const CALLS_TOGETHER_MAX = 500;

export class Desk implements DeferralDesk {
  readonly #context: BatchContext;
  readonly #ends = new EventEmitter().setMaxListeners(0);
  #queue: Offered[] = [];
  #isWriting = false;
  #held: { calls: number; bytes: number } | null = null;

  constructor(context: BatchContext) {
    this.#context = context;
  }

  readonly accept = async (call: OfferedCall): Promise<AcceptOutcome> => {
    const { state, settings } = this.#context;
    if (this.#context.upstream.credential() === null) {
      return { kind: "unavailable", what: "Purser has no key of the provider's to defer with" };
    }
    if (call.isRetry && call.identity !== null) {
      const known = await state.findByIdentity(call.key, call.identity);
      if (known !== null && known.state !== "canceled") {
        return { kind: "accepted", id: known.id, again: true };
      }
    }
    const held = await this.#heldNow();
    if (held.calls >= settings.callsMax) {
      return { kind: "full", what: `${settings.callsMax} calls wait already` };
    }
    if (held.bytes + call.body.length > settings.bodyBytesMax) {
      return { kind: "full", what: `the calls that wait have ${settings.bodyBytesMax} bytes` };
    }
    const { setAside } = this.#context;
    const priced = this.#priced(call);
    const outcome = setAside.reserve({ ...call, ...priced, at: call.receivedAt });
    if (outcome.kind === "refused") return outcome;
    held.calls += 1;
    held.bytes += call.body.length;
    try {
      const accepted = await this.#write(call, priced);
      if (accepted.kind === "accepted") setAside.keep(accepted.id, outcome.both);
      return accepted;
    } catch (error) {
      setAside.release(outcome.both);
      throw error;
    }
  };

  readonly look = async (id: CallId, key: string): Promise<WaitOutcome> => {
    const { state, seal } = this.#context;
    const call = await state.find(id);
    if (call === null || call.key !== key) return { kind: "unknown" };
    if (call.state === "canceled") return { kind: "canceled" };
    if (call.answer === null) return { kind: "waiting", call };
    const sealed = await state.answerBody(id);
    if (sealed === null) return { kind: "unknown" };
    const { status, by } = call.answer;
    return { kind: "answered", status, by, body: seal.open(sealed, id) };
  };

  readonly wait = async (id: CallId, key: string, signal: AbortSignal): Promise<WaitOutcome> => {
    for (;;) {
      // Listen before looking: an answer in between must not be missed.
      const ended = once(this.#ends, id, { signal }).catch(() => null);
      const outcome = await this.look(id, key);
      if (outcome.kind !== "waiting" || signal.aborted) {
        this.#ends.emit(id);
        return outcome;
      }
      await ended;
    }
  };

  readonly cancel = async (id: CallId, key: string): Promise<boolean> => {
    const { state } = this.#context;
    const call = await state.find(id);
    if (call === null || call.key !== key) return false;
    const canceled = await state.cancel(id);
    if (canceled) this.over(call);
    return canceled;
  };

  /** Wakes whoever waits for the call. */
  over({ id, bodyBytes }: Pick<DeferredStatus, "id" | "bodyBytes">): void {
    this.#context.setAside.over({ id });
    if (this.#held !== null) {
      this.#held.calls -= 1;
      this.#held.bytes -= bodyBytes;
    }
    this.#ends.emit(id);
  }

  async #heldNow(): Promise<{ calls: number; bytes: number }> {
    if (this.#held !== null) return this.#held;
    const { byState, bodyBytes } = await this.#context.state.counts();
    const calls = byState.waiting + byState.sending + byState.submitted;
    this.#held ??= { calls, bytes: bodyBytes };
    return this.#held;
  }

  #write(call: OfferedCall, priced: PricedCall): Promise<AcceptOutcome> {
    const id = newCallId(call.receivedAt, this.#context.fillRandom);
    return new Promise((resolve, reject) => {
      this.#queue.push({ call, priced, id, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#queue.length > 0) {
      const offered = this.#queue.splice(0, CALLS_TOGETHER_MAX);
      try {
        await this.#context.state.add(offered.map((each) => this.#sealed(each)));
        for (const { id, resolve } of offered) resolve({ kind: "accepted", id, again: false });
      } catch (error) {
        this.#held = null;
        for (const { reject } of offered) reject(error);
      }
    }
    this.#isWriting = false;
  }

  #sealed({ call: { body, isRetry: _isRetry, ...call }, priced, id }: Offered): NewDeferredCall {
    const sealed = this.#context.seal.close(body, id);
    return { ...call, ...priced, id, bodyBytes: body.length, body: sealed };
  }

  #priced({ body, receivedAt: at, ...version }: OfferedCall): PricedCall {
    const { catalogue } = this.#context.settling();
    const request = readRequest(body, version);
    const question = { request, bodyBytes: body.length, at, addedLifetime: null };
    return {
      model: request.model,
      worstInBatch: worstCaseOf({ ...question, serviceTier: "batch" }, catalogue),
      worstInRealTime: worstCaseOf({ ...question, serviceTier: "standard" }, catalogue),
    };
  }
}

type PricedCall = Pick<DeferredCall, "model" | "worstInBatch" | "worstInRealTime">;

type Offered = {
  readonly call: OfferedCall;
  readonly priced: PricedCall;
  readonly id: CallId;
  readonly resolve: (outcome: AcceptOutcome) => void;
  readonly reject: (error: unknown) => void;
};

/** How long a call has from now on. */
export function leftMs(call: Pick<DeferredStatus, "deadlineAt">, now: Instant): number {
  return call.deadlineAt - now;
}
