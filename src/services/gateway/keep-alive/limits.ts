/** How much may be kept alive, and what for. */
import { type PicoUsd, picoUsd } from "../../../base/index.ts";

export type KeepAliveLimits = {
  /** Prompts kept at once, and the bytes of their bodies together. */
  readonly promptsMax: number;
  readonly bodiesBytesMax: number;
  /** A prefix that is shorter is not worth a call. */
  readonly prefixTokensMin: number;
  readonly callsPerMinuteMax: number;
  readonly callsAtOnceMax: number;
  /** For one prompt, without its being asked for again. */
  readonly callsPerPromptMax: number;
  /** What all calls of an hour may cost: by their bills, and by their worst case until these are known. */
  readonly spendPerHourMax: PicoUsd;
  /** A call that is later than this may come when the prefix is gone, and would write it anew. */
  readonly lateMsMax: number;
};

const PICO_USD_PER_USD = 1_000_000_000_000n;

export const DEFAULT_KEEP_ALIVE_LIMITS: KeepAliveLimits = {
  promptsMax: 256,
  bodiesBytesMax: 64 * 1024 * 1024,
  prefixTokensMin: 4_096,
  callsPerMinuteMax: 60,
  callsAtOnceMax: 8,
  callsPerPromptMax: 12,
  spendPerHourMax: picoUsd(5n * PICO_USD_PER_USD),
  lateMsMax: 10_000,
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export type SpentCall = { readonly atMs: number; amount: bigint };

/** Calls of the last hour, and what they cost. There are never more than an hour's limit of them. */
export class CallMeter {
  readonly #limits: KeepAliveLimits;
  #calls: SpentCall[] = [];

  constructor(limits: KeepAliveLimits) {
    this.#limits = limits;
  }

  /** Counts a call at its worst case; its bill replaces that. `null` when a limit is reached. */
  begin(atMs: number, worstCase: bigint): SpentCall | null {
    const { callsPerMinuteMax, spendPerHourMax } = this.#limits;
    this.#calls = this.#calls.filter((call) => call.atMs > atMs - HOUR_MS);
    const ofMinute = this.#calls.filter((call) => call.atMs > atMs - MINUTE_MS);
    if (ofMinute.length >= callsPerMinuteMax) return null;
    const spent = this.#calls.reduce((sum, { amount }) => sum + amount, 0n);
    if (spent + worstCase > spendPerHourMax) return null;
    const call = { atMs, amount: worstCase };
    this.#calls.push(call);
    return call;
  }
}
