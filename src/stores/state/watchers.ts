/** Who is told of changes. A change is known by its topic's revision, which every process can read. */
import type { StateTopic, StateWatcher } from "../contracts/index.ts";

/** How long another process's change may stay unseen. */
const LOOK_EVERY_MS = 500;

type Watched = { readonly watchers: Set<StateWatcher>; seen: bigint | null };

export class StateWatchers {
  readonly #revisionOf: (topic: StateTopic) => Promise<bigint>;
  readonly #topics = new Map<StateTopic, Watched>();
  #timer: NodeJS.Timeout | null = null;
  /** One look after another, so that a later state never gives way to an earlier one. */
  #looking: Promise<void> = Promise.resolve();

  constructor(revisionOf: (topic: StateTopic) => Promise<bigint>) {
    this.#revisionOf = revisionOf;
  }

  add(topic: StateTopic, watcher: StateWatcher): () => void {
    const watched: Watched = this.#topics.get(topic) ?? { watchers: new Set(), seen: null };
    this.#topics.set(topic, watched);
    watched.watchers.add(watcher);
    // Whoever begins to watch may have read before the last change: the next look tells it.
    watched.seen = null;
    this.#timer ??= setInterval(() => void this.lookAll(), LOOK_EVERY_MS).unref();
    return () => void watched.watchers.delete(watcher);
  }

  /** Resolves once everybody who watches the topic was told of what is committed by now. */
  look(topic: StateTopic): Promise<void> {
    this.#looking = this.#looking.then(() => this.#tell(topic));
    return this.#looking;
  }

  async lookAll(): Promise<void> {
    for (const topic of this.#topics.keys()) await this.look(topic);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#topics.clear();
  }

  /** A failure leaves the revision unseen, so that the next look tries again. */
  async #tell(topic: StateTopic): Promise<void> {
    const watched = this.#topics.get(topic);
    if (watched === undefined || watched.watchers.size === 0) return;
    let failed = false;
    const tell = async (watcher: StateWatcher, work: () => Promise<void>): Promise<void> => {
      await work().catch((error: unknown) => {
        failed = true;
        watcher.onFailure(error);
      });
    };
    const [first] = watched.watchers;
    let revision: bigint | null = null;
    if (first !== undefined) {
      await tell(first, async () => {
        revision = await this.#revisionOf(topic);
      });
    }
    if (failed || revision === watched.seen) return;
    for (const watcher of watched.watchers) await tell(watcher, watcher.onChange);
    if (!failed) watched.seen = revision;
  }
}
