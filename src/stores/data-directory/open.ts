import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Clock, type FillRandom, formatInstant } from "../../base/index.ts";
import type { DataDirectory } from "../contracts/index.ts";
import { guarded } from "./failure.ts";
import { writeHolder } from "./holder.ts";
import { readOrCreateInstallation } from "./installation.ts";
import { takeLock } from "./lock.ts";

export type OpenDataDirectoryOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly fillRandom: FillRandom;
};

/**
 * Creates or opens a data directory and takes its exclusive lock.
 *
 * Errors: `LEDGER_LOCKED`, `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`, `LEDGER_FORBIDDEN`,
 * `LEDGER_UNWRITABLE`.
 */
export function openDataDirectory(options: OpenDataDirectoryOptions): DataDirectory {
  const path = resolve(options.path);
  guarded(path, () => makePrivate(path));
  const lock = guarded(path, () => takeLock(path));
  try {
    const startedAt = formatInstant(options.clock.now());
    const made = readOrCreateInstallation(path, options.fillRandom, startedAt);
    const announce = (gateway: string | null, control: string | null = null): void =>
      guarded(path, () => writeHolder(path, { pid: process.pid, startedAt, gateway, control }));
    announce(null);
    return { path, ...made, announce, release: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const OURS: ReadonlySet<string> = new Set(["installation.json", "state.sqlite"]);

/** Makes the directory when there is none, and takes no lock. Errors: `LEDGER_FORBIDDEN`, `LEDGER_UNWRITABLE`. */
export function prepareDataDirectory(directory: string): void {
  const path = resolve(directory);
  guarded(path, () => makePrivate(path));
}

/**
 * 0700: the ledger says who talked how much to whom. An existing directory is narrowed only when it
 * is empty or already ours, so that a slip such as `--data /tmp` harms nobody.
 */
function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(path).mode & 0o077) === 0) return;
  const names = readdirSync(path);
  if (names.length === 0 || names.some((name) => OURS.has(name))) chmodSync(path, 0o700);
}
