/**
 * Follows the journal as it is written. The folder is watched, and looked at in a named interval as
 * well, since a watch may miss what another machine or a crowded system writes.
 */
import { existsSync, type FSWatcher, watch } from "node:fs";
import type { LedgerEntry } from "../../contracts/index.ts";
import { JournalFollower } from "../following/index.ts";
import { listSegments } from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { readManifest } from "../manifest/index.ts";

const LOOK_INTERVAL_MS = 500;

/** Entries written after the first step of the iteration, in order, until `signal` aborts. */
export async function* followEntries(
  layout: LedgerLayout,
  signal: AbortSignal,
): AsyncGenerator<LedgerEntry> {
  const bell = new Bell(layout.journal, signal);
  let follower = atEnd(layout);
  try {
    while (!signal.aborted) {
      const entries: LedgerEntry[] = [];
      try {
        follower.read(({ entry }) => entries.push(entry));
      } catch (error) {
        if (existsSync(layout.journal) && isGone(error))
          follower = afterCompaction(layout, follower);
        else throw error;
      }
      yield* entries;
      if (entries.length === 0) await bell.rung();
    }
  } finally {
    bell.close();
  }
}

function atEnd(layout: LedgerLayout): JournalFollower {
  const from = readManifest(layout.manifest).journalFrom;
  const last = listSegments(layout.journal, from).at(-1) ?? from;
  const follower = new JournalFollower(layout.journal, last);
  follower.read(() => undefined);
  return follower;
}

/** Segments are compacted only once they are sealed and have been there to read for a while. */
function afterCompaction(layout: LedgerLayout, follower: JournalFollower): JournalFollower {
  const from = readManifest(layout.manifest).journalFrom;
  return new JournalFollower(layout.journal, Math.max(from, follower.position().segment));
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Rings when the folder changes, when it is time to look again, and when the signal aborts. */
class Bell {
  private ring: (() => void) | null = null;
  private pending = false;
  private readonly watcher: FSWatcher | null;
  private readonly timer: NodeJS.Timeout;

  constructor(folder: string, signal: AbortSignal) {
    const strike = (): void => {
      this.pending = true;
      this.ring?.();
    };
    this.watcher = watchIfPossible(folder, strike);
    this.timer = setInterval(strike, LOOK_INTERVAL_MS);
    signal.addEventListener("abort", strike, { once: true });
  }

  async rung(): Promise<void> {
    if (!this.pending) await new Promise<void>((resolve) => (this.ring = resolve));
    this.pending = false;
    this.ring = null;
  }

  close(): void {
    this.watcher?.close();
    clearInterval(this.timer);
  }
}

function watchIfPossible(folder: string, changed: () => void): FSWatcher | null {
  try {
    return watch(folder, changed).on("error", () => undefined);
  } catch {
    return null;
  }
}
