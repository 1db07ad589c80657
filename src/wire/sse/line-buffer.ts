const FIRST_CAPACITY = 1_024;

/** The unfinished line at the end of what has arrived; grows by doubling, keeps its memory. */
export class LineBuffer {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  length = 0;

  append(part: Uint8Array): void {
    const needed = this.length + part.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.length);
    this.length = needed;
  }

  /** The line so far, as a copy of its own, and an empty buffer again. */
  take(): Uint8Array {
    const line = this.#bytes.slice(0, this.length);
    this.clear();
    return line;
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > FIRST_CAPACITY * 64) this.#bytes = new Uint8Array(FIRST_CAPACITY);
  }
}
