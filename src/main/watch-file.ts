/**
 * Tells when a file has changed. It looks at the path again and again, which survives editors that put
 * a new file in its place, links that are turned elsewhere, and file systems that report no events.
 */
import { type BigIntStats, statSync } from "node:fs";

/** How often it looks. A change is told once two looks saw the same, so that half a file is not read. */
const LOOK_EVERY_MS = 500;

/** Returns how to stop. `onChange` is told of a file that has gone, too. */
export function watchFile(path: string, onChange: () => void): () => void {
  let known = markOf(path);
  let last = known;
  const look = (): void => {
    const now = markOf(path);
    const isSettled = now === last;
    last = now;
    if (now === known || !isSettled) return;
    known = now;
    onChange();
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Changes with whatever a write or a replacement changes; empty where there is no file. */
function markOf(path: string): string {
  let found: BigIntStats | undefined;
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return "unreadable";
  }
  return found === undefined ? "" : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
}
