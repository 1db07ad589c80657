import type { SimulatedBatch } from "./simulated-batch.ts";

/** Batches kept; the oldest goes first. */
export const BATCHES_MAX = 10_000;

/** The batches of every workspace, oldest first. */
export class BatchBook {
  readonly #batches = new Map<string, SimulatedBatch>();

  add(batch: SimulatedBatch): void {
    this.#batches.set(batch.id, batch);
    const oldest = this.#batches.keys().next();
    if (this.#batches.size > BATCHES_MAX && !oldest.done) this.#batches.delete(oldest.value);
  }

  find(id: string, workspace: string): SimulatedBatch | null {
    const found = this.#batches.get(id);
    return found?.workspace === workspace ? found : null;
  }

  remove(id: string): void {
    this.#batches.delete(id);
  }

  all(): readonly SimulatedBatch[] {
    return [...this.#batches.values()];
  }

  /** The newest first, as the API lists them. */
  ofWorkspace(workspace: string): readonly SimulatedBatch[] {
    return this.all()
      .filter((batch) => batch.workspace === workspace)
      .toReversed();
  }
}
