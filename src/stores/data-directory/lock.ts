/**
 * The exclusive lock of a data directory: an open exclusive transaction on a small SQLite file.
 * SQLite holds it as a lock of the operating system, which ends with the process however it dies.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PurserError } from "../../base/index.ts";
import { describeHolder, readHolder } from "./holder.ts";

const SQLITE_BUSY = 5;

export type DirectoryLock = { readonly release: () => void };

/** Takes the lock or throws `LEDGER_LOCKED`, naming the process that has it. Never waits. */
export function takeLock(directory: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, "lock.sqlite"), { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    const holder = readHolder(directory);
    throw new PurserError("LEDGER_LOCKED", {
      what: `${describeHolder(holder)} holds this data directory`,
      where: directory,
      ...(holder === null ? {} : { data: { ...holder } }),
    });
  }
  return { release: once(() => database.close()) };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
