/** The visits of each block over time, by what the block would be had nothing before it changed. */
import type { BlockMiss } from "./explain-misses.ts";
import type { BilledAs } from "./fit-tokens.ts";

/** One block in one request. */
export type BlockVisit = {
  /** Index of the request. */
  readonly request: number;
  readonly block: number;
  readonly tokens: number;
  readonly billedAs: BilledAs;
  /** Why it was not read, where it had been seen before. */
  readonly miss: BlockMiss | null;
};

export class BlockVisits {
  readonly #identities = new Map<number, number>();
  readonly #visits: BlockVisit[][] = [];
  count = 0;

  /** The block that stands at a place of the tree, if it has been named. */
  known(place: number): number | null {
    return this.#identities.get(place) ?? null;
  }

  /** A block never seen before. */
  fresh(): number {
    return this.#visits.push([]) - 1;
  }

  name(place: number, identity: number): void {
    this.#identities.set(place, identity);
  }

  /** What the block was billed as when it was last seen; `null` when it never was. */
  lastOf(identity: number): BilledAs | null {
    return this.#visits[identity]?.at(-1)?.billedAs ?? null;
  }

  add(identity: number, visit: BlockVisit): void {
    this.#visits[identity]?.push(visit);
    this.count += 1;
  }

  /** The visits of each block, in order of time. */
  all(): readonly (readonly BlockVisit[])[] {
    return this.#visits;
  }
}
