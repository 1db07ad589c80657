import type { CallRecord } from "./call-record.ts";

/** Records kept by default; older ones go first. */
export const CALL_RECORDS_MAX = 100_000;

/** The records of the calls, oldest first, bounded. */
export class CallBook {
  readonly #recordsMax: number;
  #records: CallRecord[] = [];

  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  get isOff(): boolean {
    return this.#recordsMax === 0;
  }

  /** Drops the oldest in bulk, so that adding stays cheap. */
  add(record: CallRecord): void {
    this.#records.push(record);
    if (this.#records.length >= this.#recordsMax * 1.5) {
      this.#records = this.#records.slice(-this.#recordsMax);
    }
  }

  list(): readonly CallRecord[] {
    return this.#records.slice(-Math.max(1, this.#recordsMax));
  }

  clear(): void {
    this.#records = [];
  }
}
