/** The answers on their way, so that a closing gateway can wait for them and end the rest. */
export type RunningAnswer = {
  /** Ends it now; what was seen of it is settled. */
  readonly end: () => void;
};

export class RunningAnswers {
  readonly #answers = new Set<RunningAnswer>();
  #onEmpty: (() => void) | null = null;

  get size(): number {
    return this.#answers.size;
  }

  add(answer: RunningAnswer): void {
    this.#answers.add(answer);
  }

  delete(answer: RunningAnswer): void {
    this.#answers.delete(answer);
    if (this.#answers.size === 0) this.#onEmpty?.();
  }

  endAll(): void {
    for (const answer of this.#answers) answer.end();
  }

  /** Called each time that the last one is over. */
  onEmpty(callback: () => void): void {
    this.#onEmpty = callback;
  }
}
