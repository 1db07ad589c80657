/** The answers on their way, so that a closing gateway can wait for them and end the rest. */
import { Roster, type Seated } from "./roster.ts";

export type RunningAnswer = Seated & {
  /** Told once the gateway closes: nobody may wait any more for an answer that has nobody to go to. */
  readonly endIfOver: () => void;
  /** Ends it now; what was seen of it is settled. */
  readonly end: () => void;
};

export class RunningAnswers {
  readonly #answers = new Roster<RunningAnswer>();
  #onEmpty: (() => void) | null = null;
  #isClosing = false;

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

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** From now on, ends what is settled and has no client. */
  beginClosing(): void {
    this.#isClosing = true;
    for (const answer of this.#answers) answer.endIfOver();
  }

  endAll(): void {
    for (const answer of this.#answers) answer.end();
  }

  /** Called each time that the last one is over. */
  onEmpty(callback: () => void): void {
    this.#onEmpty = callback;
  }
}
