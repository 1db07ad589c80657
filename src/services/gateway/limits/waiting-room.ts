/** The line of waiting calls with a real timer: looked at when somebody leaves, and when time is due. */
import type { Clock } from "../../../base/index.ts";
import {
  type Gauge,
  type LineEnd,
  type Waiter,
  WaitingLine,
} from "../../../domain/limits/index.ts";

/** Calls that may wait at once, and the bytes of their bodies together. */
const WAITING_CALLS_MAX = 1_000;
const WAITING_BYTES_MAX = 128 * 1024 * 1024;

export type WaitingCall = {
  readonly gauges: readonly Gauge[];
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly tryEnter: Waiter<Gauge>["tryEnter"];
  /** Calls back once the client has left; returns how to stop listening. */
  readonly onClientGone: (leave: () => void) => () => void;
};

export class WaitingRoom {
  readonly #clock: Clock;
  readonly #line = new WaitingLine<Gauge>({
    callsMax: WAITING_CALLS_MAX,
    bytesMax: WAITING_BYTES_MAX,
  });
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#line.size;
  }

  isAwaited(gauges: readonly Gauge[]): boolean {
    return this.#line.size > 0 && this.#line.isAwaited(gauges);
  }

  /** `null` when there is no room. */
  enter(call: WaitingCall): Promise<LineEnd> | null {
    if (this.#isClosed) return null;
    const { promise, resolve } = Promise.withResolvers<LineEnd>();
    const { gauges: scopes, bytes, deadlineMs, tryEnter } = call;
    const waiter: Waiter<Gauge> = { scopes, bytes, deadlineMs, tryEnter, onEnd: resolve };
    if (!this.#line.join(waiter)) return null;
    const stop = call.onClientGone(() => {
      this.#line.leave(waiter);
      this.advance();
    });
    this.advance();
    return promise.finally(stop);
  }

  /** Lets in whoever may enter by now, and sets the timer for the next. */
  advance(): void {
    if (this.#line.size === 0 && this.#timer === null) return;
    const nowMs = this.#clock.monotonicMs();
    const nextMs = this.#line.advance(nowMs);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (nextMs === null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.advance();
      },
      Math.max(1, Math.ceil(nextMs - nowMs)),
    );
  }

  /** The gateway closes: nobody waits any more. */
  close(): void {
    this.#isClosed = true;
    this.#line.endAll();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
