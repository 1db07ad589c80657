import { type CompactionAnswer, openEngine } from "../engine/index.ts";
import { listSegments } from "../journal/index.ts";
import { ledgerLayout } from "../layout.ts";
import { readManifest } from "../manifest/index.ts";

/** A compaction that takes longer is given up; the next begins anew. */
const COMPACTION_TIMEOUT_MS = 30 * 60_000;
/** Sealed segments that make a compaction worth its start, however small they are. */
const SEGMENTS_DUE = 1;

export type LedgerMaintenanceOptions = {
  /** The data directory, whose lock this process holds. */
  readonly directory: string;
  /** Of the writer: the segment being written, and sealing it. */
  readonly writer: { readonly segment: () => number; readonly seal: () => void };
};

export type LedgerMaintenance = {
  /** Compacts what is sealed. With `seal`, everything written up to now. */
  readonly compact: (options?: { readonly seal: boolean }) => Promise<CompactionAnswer>;
  /** Whether there is a sealed segment. Cheap. */
  readonly isDue: () => boolean;
  /** Ends a compaction that runs, which loses nothing. */
  readonly close: () => Promise<void>;
};

export function openLedgerMaintenance(options: LedgerMaintenanceOptions): LedgerMaintenance {
  const { directory, writer } = options;
  const layout = ledgerLayout(directory);
  const engine = openEngine({ directory, exportFolder: null });
  let running: Promise<CompactionAnswer> | null = null;
  const run = async (): Promise<CompactionAnswer> => {
    try {
      return await engine.call("compact", { before: writer.segment() }, COMPACTION_TIMEOUT_MS);
    } finally {
      await engine.close();
      running = null;
    }
  };
  return {
    compact: async ({ seal } = { seal: false }) => {
      await running?.catch(() => undefined);
      if (seal) writer.seal();
      running ??= run();
      return running;
    },
    isDue: () => {
      const { journalFrom } = readManifest(layout.manifest);
      const sealed = listSegments(layout.journal, journalFrom).filter(
        (number) => number < writer.segment(),
      );
      return sealed.length >= SEGMENTS_DUE;
    },
    close: () => engine.close(),
  };
}
