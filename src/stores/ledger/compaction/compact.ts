/**
 * One compaction. The steps are in the order that makes a kill harmless: new files first, then the
 * manifest that names them, then the removal of what they replace.
 */
import { copyFileSync, existsSync, linkSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { lockCompaction } from "../compaction-lock.ts";
import { decodeEntry } from "../entries/index.ts";
import {
  listSegments,
  REAL_DISK,
  type SegmentScan,
  scanSegment,
  segmentPath,
} from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { type LiveExchange, LiveExchanges } from "../live/index.ts";
import { type Manifest, readManifest, writeManifest } from "../manifest/index.ts";
import { findExchanges } from "../queries/index.ts";
import { appendBlocks, appendRows, blockRowsOf, rowOf } from "../rows/index.ts";
import { readCarried, writeCarried } from "./carried.ts";
import { mergeOnce } from "./merge.ts";
import { removeReplaced, removeStrays } from "./remove-files.ts";
import { createStage, STAGED, writePart } from "./write-part.ts";

/** Journal bytes that one step turns into one part: what fits in memory as exchanges. */
const JOURNAL_BYTES_AT_ONCE = 64 * 1024 * 1024;
/** Merges that one compaction may do after it. */
const MERGES_MAX = 4;
/** Exchanges turned into rows at once. */
const EXCHANGES_AT_ONCE = 20_000;

export type CompactionStep =
  | "begun"
  | "part-written"
  | "carried-written"
  | "damaged-kept"
  | "manifest-written"
  | "segments-removed"
  | "merge-written"
  | "merge-manifest-written"
  | "merge-removed";

export type CompactionOptions = {
  readonly layout: LedgerLayout;
  /** Confined to the ledger's folder, which must be the working directory. */
  readonly connection: DuckDBConnection;
  /** The segment being written: those before it are sealed. */
  readonly before: number;
  /** Told after each step; a test ends the process in it. */
  readonly onStep?: (step: CompactionStep) => void;
  readonly journalBytesAtOnce?: number;
};

export type CompactionAnswer = {
  readonly segments: number;
  readonly exchanges: number;
  readonly merges: number;
};

/**
 * Compacts every sealed segment, then merges small parts. Call it in the lock holder's service only.
 * Errors: `LEDGER_BUSY` while another compaction runs.
 */
export async function compactLedger(options: CompactionOptions): Promise<CompactionAnswer> {
  const unlock = lockCompaction(options.layout, 0);
  try {
    return await compactLocked(options);
  } finally {
    unlock();
  }
}

async function compactLocked(options: CompactionOptions): Promise<CompactionAnswer> {
  const { layout, connection } = options;
  const onStep = options.onStep ?? (() => undefined);
  let manifest = readManifest(layout.manifest);
  removeStrays(layout, manifest);
  onStep("begun");
  let segments = 0;
  let exchanges = 0;
  for (let some = nextSegments(options, manifest); some.length > 0; ) {
    const done = await compactSegments({ ...options, onStep }, manifest, some);
    manifest = done.manifest;
    segments += some.length;
    exchanges += done.exchanges;
    some = nextSegments(options, manifest);
  }
  let merges = 0;
  while (merges < MERGES_MAX) {
    const merged = await mergeOnce({ layout, connection, onStep }, manifest);
    if (merged === null) break;
    manifest = merged;
    merges += 1;
  }
  return { segments, exchanges, merges };
}

function nextSegments(options: CompactionOptions, manifest: Manifest): readonly number[] {
  const bytesMax = options.journalBytesAtOnce ?? JOURNAL_BYTES_AT_ONCE;
  const chosen: number[] = [];
  let bytes = 0;
  for (const number of listSegments(options.layout.journal, manifest.journalFrom)) {
    if (number >= options.before) break;
    bytes += statSync(segmentPath(options.layout.journal, number)).size;
    if (chosen.length > 0 && bytes > bytesMax) break;
    chosen.push(number);
  }
  return chosen;
}

type Told = CompactionOptions & { readonly onStep: (step: CompactionStep) => void };

async function compactSegments(
  options: Told,
  manifest: Manifest,
  numbers: readonly number[],
): Promise<{ readonly manifest: Manifest; readonly exchanges: number }> {
  const { layout, connection, onStep } = options;
  const live = new LiveExchanges();
  for (const entry of readCarried(layout, manifest)) live.apply(entry);
  const damaged = numbers.filter((number) => isDamaged(replay(layout, number, live)));
  live.resolve(await findExchanges(connection, manifest, live.unmatchedIds()));
  const all = [...live.all()];
  const complete = all.filter(({ state }) => state.settled !== null);
  await stage(connection, complete);
  const part = await writePart(connection, layout, { id: manifest.nextPart, level: 0 }, STAGED);
  onStep("part-written");
  const open = all.filter(({ state }) => state.settled === null).map(({ state }) => state.opened);
  const carried = writeCarried(layout, manifest.generation + 1, open);
  onStep("carried-written");
  const next: Manifest = {
    ...manifest,
    generation: manifest.generation + 1,
    journalFrom: (numbers.at(-1) ?? manifest.journalFrom) + 1,
    nextPart: manifest.nextPart + 1,
    parts: part === null ? manifest.parts : [...manifest.parts, part],
    carried,
  };
  for (const number of damaged) keepDamaged(layout, number);
  if (damaged.length > 0) REAL_DISK.syncFolder(layout.journal);
  onStep("damaged-kept");
  writeManifest(layout.manifest, next);
  onStep("manifest-written");
  removeReplaced(layout, next);
  onStep("segments-removed");
  return { manifest: next, exchanges: complete.length };
}

function replay(layout: LedgerLayout, number: number, live: LiveExchanges): SegmentScan {
  const scan = scanSegment(segmentPath(layout.journal, number));
  for (const { json } of scan.lines) {
    const decoded = decodeEntry(json);
    if (decoded.kind === "entry") live.apply(decoded.entry);
  }
  return scan;
}

function isDamaged(scan: SegmentScan): boolean {
  return scan.findings.length > 0;
}

/**
 * A segment with damage is kept under another name, so that nothing that may be rescued is removed.
 * A second name first: until the manifest has replaced the segment, it is also read under its own.
 */
function keepDamaged(layout: LedgerLayout, number: number): void {
  const kept = join(layout.journal, `damaged-${String(number).padStart(8, "0")}.journal`);
  // A compaction that was killed after this step has kept it already.
  if (existsSync(kept)) return;
  const segment = segmentPath(layout.journal, number);
  try {
    linkSync(segment, kept);
  } catch {
    // A file system without hard links: a copy, whole or not there.
    copyFileSync(segment, `${kept}.new`);
    renameSync(`${kept}.new`, kept);
  }
}

async function stage(
  connection: DuckDBConnection,
  complete: readonly LiveExchange[],
): Promise<void> {
  await createStage(connection);
  for (let start = 0; start < complete.length; start += EXCHANGES_AT_ONCE) {
    const some = complete.slice(start, start + EXCHANGES_AT_ONCE);
    const rows = some.flatMap(({ state, inParts }) => {
      const { positive } = rowOf(state);
      return inParts === null ? [positive] : [inParts.negative, positive];
    });
    const blocks = some.flatMap(({ state, inParts }) =>
      inParts === null ? blockRowsOf(state.opened) : [],
    );
    await appendRows(connection, "stage_rows", rows);
    await appendBlocks(connection, "stage_blocks", blocks);
  }
}
