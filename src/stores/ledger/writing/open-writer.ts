import type { Clock } from "../../../base/index.ts";
import type { DataDirectory, LedgerEntry, LedgerWriter } from "../../contracts/index.ts";
import { lockCompaction } from "../compaction-lock.ts";
import { checkEntry, encodeEntry } from "../entries/index.ts";
import { type Appender, openAppender } from "../journal/index.ts";
import { type LedgerLayout, ledgerLayout, makeLedgerFolders } from "../layout.ts";
import { type Recovery, type RecoveryFinding, recoverJournal } from "./recover.ts";
import { settleLost } from "./settle-lost.ts";

export type { RecoveryFinding } from "./recover.ts";

/** How long a start waits for the compaction of a process that has gone. */
const COMPACTION_WAIT_MS = 15_000;

export type LedgerWriterOptions = {
  /** Opened, so that its lock is held. `close` of the writer releases it. */
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly segmentBytesMax?: number;
  readonly probeIntervalMs?: number;
  /** Told when a segment takes no more entries and a compaction would find work. */
  readonly onSealed?: (segment: number) => void;
};

export type RecoveringLedgerWriter = LedgerWriter & {
  /** What the start found and mended, to be told to the user. */
  readonly recovered: readonly RecoveryFinding[];
  /** The segment being written; those before it are sealed. */
  readonly segment: () => number;
  /** Seals the segment being written, so that a compaction takes everything up to now. */
  readonly seal: () => void;
};

/**
 * Opens the ledger for writing: cuts a torn tail, settles as `lost` what a crash left open.
 *
 * Errors: `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`, `LEDGER_FORBIDDEN`, `LEDGER_UNWRITABLE`, `LEDGER_BUSY`.
 */
export async function openLedgerWriter(
  options: LedgerWriterOptions,
): Promise<RecoveringLedgerWriter> {
  const layout = ledgerLayout(options.directory.path);
  makeLedgerFolders(layout);
  const recovery = recoverUnlessCompacting(layout, options.directory.installation);
  const { directory, clock, ...limits } = options;
  const appender = openAppender({
    ...limits,
    folder: layout.journal,
    installation: directory.installation,
    segment: recovery.segment,
  });
  const lost = recovery.open.map((opened) => settleLost(opened, clock.now()));
  await Promise.all(lost.map((entry) => write(appender, entry)));
  const told = lost.map((entry): RecoveryFinding => {
    const message = `${entry.exchange} was open when the last process ended; settled as lost`;
    return { code: "lost", file: "journal", offset: null, message };
  });
  return writerOver(appender, directory, [...recovery.findings, ...told]);
}

/** A killed predecessor's compaction may still be ending; what it replaces must not be read halfway. */
function recoverUnlessCompacting(layout: LedgerLayout, installation: string): Recovery {
  const unlock = lockCompaction(layout, COMPACTION_WAIT_MS);
  try {
    return recoverJournal(layout, installation);
  } finally {
    unlock();
  }
}

function writerOver(
  appender: Appender,
  directory: DataDirectory,
  recovered: readonly RecoveryFinding[],
): RecoveringLedgerWriter {
  return {
    open: (entry) => write(appender, entry),
    settle: (entry) => write(appender, entry),
    correct: (entry) => write(appender, entry),
    state: appender.state,
    recovered,
    segment: appender.segment,
    seal: appender.rotate,
    close: async () => {
      await appender.close();
      directory.release();
    },
  };
}

function write(appender: Appender, entry: LedgerEntry): Promise<void> {
  try {
    checkEntry(entry);
    const json = encodeEntry(entry);
    return entry.kind === "opened" ? appender.append(json) : appender.appendDurable(json);
  } catch (error) {
    return Promise.reject(error);
  }
}
