/**
 * What was spent in the last so many milliseconds. Time is cut into slots, and a slot counts until all
 * of it is past: the sum is never below the true one, and at most one slot too long.
 */
/** A window is cut into about so many slots; one is at least a minute, as the ledger tells time. */
const SLOTS = 60;
const SLOT_MS_MIN = 60_000;

export function slotMsOf(lengthMs: number): number {
  return Math.ceil(lengthMs / SLOTS / SLOT_MS_MIN) * SLOT_MS_MIN;
}

export class RollingSum {
  readonly #lengthMs: number;
  readonly #slotMs: number;
  /** Spent by the number of the slot, oldest first. */
  readonly #slots = new Map<number, bigint>();
  #sum = 0n;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
    this.#slotMs = slotMsOf(lengthMs);
  }

  /** Of everything that was opened later than `lengthMs` before `atMs`. */
  sum(atMs: number): bigint {
    for (const [slot, spent] of this.#slots) {
      if (this.#endsAt(slot) > atMs) continue;
      this.#slots.delete(slot);
      this.#sum -= spent;
    }
    return this.#sum;
  }

  /** `amount` may be negative: a correction of what was added for the same moment. */
  add(openedMs: number, amount: bigint, nowMs: number): void {
    const slot = Math.floor(openedMs / this.#slotMs);
    if (this.#endsAt(slot) <= nowMs) return;
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0n) + amount);
    this.#sum += amount;
  }

  /** When at least `wanted` will have gone out of the window; `null` when that much is not in it. */
  freedAt(wanted: bigint): number | null {
    let freed = 0n;
    for (const slot of [...this.#slots.keys()].sort((left, right) => left - right)) {
      freed += this.#slots.get(slot) ?? 0n;
      if (freed >= wanted) return this.#endsAt(slot);
    }
    return null;
  }

  /** When the last of it will have gone out; `null` when it is empty. */
  emptyAt(): number | null {
    return this.#slots.size === 0 ? null : this.#endsAt(Math.max(...this.#slots.keys()));
  }

  #endsAt(slot: number): number {
    return (slot + 1) * this.#slotMs + this.#lengthMs;
  }
}
