/**
 * Which readings of the provider's documentation hold, learned from what responses say was read. Each
 * starts as set; responses that could not have come about under it turn it over.
 */
import type { CacheAssumptions } from "../prediction/rules.ts";

/** An entry that lives for an hour only if `longMarkerCarriesPrefix` holds. */
export const CARRIED = 1;
/** An entry that is there only if `writesBelowHit` holds. */
export const WRITTEN_BELOW = 2;

/** Evidence is counted up to here, so that a provider that changes its ways is noticed. */
const EVIDENCE_MAX = 8;

type Evidence = { confirmed: number; refuted: number };

export class Readings {
  #held: CacheAssumptions;
  readonly #carried: Evidence = { confirmed: 0, refuted: 0 };
  readonly #below: Evidence = { confirmed: 0, refuted: 0 };

  constructor(assumed: CacheAssumptions) {
    this.#held = assumed;
  }

  get held(): CacheAssumptions {
    return this.#held;
  }

  /**
   * An entry that rests on the readings in `restsOn` was read, or was not. Where it rests on both and was
   * not read, the one that is known less is doubted, at first that on markers inside what is read.
   * Returns whether a reading was given up.
   */
  learn(restsOn: number, hit: boolean): boolean {
    const carried = (restsOn & CARRIED) !== 0;
    const below = (restsOn & WRITTEN_BELOW) !== 0;
    if (hit) {
      if (carried) confirm(this.#carried);
      if (below) confirm(this.#below);
      return false;
    }
    const doubtBelow = below && (!carried || this.#below.confirmed <= this.#carried.confirmed);
    refute(doubtBelow ? this.#below : this.#carried);
    return this.#giveUp();
  }

  #giveUp(): boolean {
    const longMarkerCarriesPrefix = this.#held.longMarkerCarriesPrefix && isHeld(this.#carried);
    const writesBelowHit = this.#held.writesBelowHit && isHeld(this.#below);
    const changed =
      longMarkerCarriesPrefix !== this.#held.longMarkerCarriesPrefix ||
      writesBelowHit !== this.#held.writesBelowHit;
    if (changed) this.#held = { ...this.#held, longMarkerCarriesPrefix, writesBelowHit };
    return changed;
  }

  explain(): readonly string[] {
    return [
      sentenceOf(
        "an hour's entry holds the whole prefix",
        this.#held.longMarkerCarriesPrefix,
        this.#carried,
      ),
      sentenceOf(
        "a marker inside what is read leaves an entry",
        this.#held.writesBelowHit,
        this.#below,
      ),
    ];
  }
}

function isHeld(evidence: Evidence): boolean {
  return evidence.refuted <= evidence.confirmed;
}

function confirm(evidence: Evidence): void {
  if (evidence.confirmed < EVIDENCE_MAX) evidence.confirmed += 1;
  else evidence.refuted = Math.max(0, evidence.refuted - 1);
}

function refute(evidence: Evidence): void {
  evidence.refuted += 1;
}

function sentenceOf(reading: string, held: boolean, { confirmed, refuted }: Evidence): string {
  const verdict = held ? "taken to hold" : "not taken to hold";
  return `${reading}: ${verdict} (borne out ${confirmed} times, contradicted ${refuted} times)`;
}
