/**
 * Counts the bytes of all request bodies that are in memory at once. Each body has a limit and so
 * have the calls, but the product of both is more than a machine has.
 */
export class HeldBodies {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  begin(): HeldBody {
    return new HeldBody(this);
  }

  /** False when they would be too many together; then they are not counted. */
  add(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** One body's share, taken as its bytes arrive and given back once. */
export class HeldBody {
  readonly #bodies: HeldBodies;
  #bytes = 0;
  #isHandedOver = false;

  constructor(bodies: HeldBodies) {
    this.#bodies = bodies;
  }

  add(bytes: number): boolean {
    const fits = this.#bodies.add(bytes);
    if (fits) this.#bytes += bytes;
    return fits;
  }

  /** From now on the answer holds it, and releases it when the upstream is done with it. */
  handOver(): () => void {
    this.#isHandedOver = true;
    return () => this.#release();
  }

  releaseUnlessHandedOver(): void {
    if (!this.#isHandedOver) this.#release();
  }

  #release(): void {
    this.#bodies.remove(this.#bytes);
    this.#bytes = 0;
  }
}
