/** Small parts become larger ones, so that a question opens few files. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { parquetSource } from "../database/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { type Manifest, type Part, writeManifest } from "../manifest/index.ts";
import { BLOCK_COLUMNS } from "../rows/index.ts";
import type { CompactionStep } from "./compact.ts";
import { removeReplaced } from "./remove-files.ts";
import { rollupOfRollups } from "./rollups.ts";
import { writePart } from "./write-part.ts";

/** Parts of one level that become one of the next. */
const PARTS_MERGED = 8;
/** A merge that would have more rows is left undone: few files remain, and a merge stays short. */
const MERGED_ROWS_MAX = 4_000_000;

export type MergeOptions = {
  readonly layout: LedgerLayout;
  readonly connection: DuckDBConnection;
  readonly onStep: (step: CompactionStep) => void;
};

/** Merges the parts of one level that has enough of them. `null` when none has. */
export async function mergeOnce(
  options: MergeOptions,
  manifest: Manifest,
): Promise<Manifest | null> {
  const chosen = partsToMerge(manifest.parts);
  if (chosen.length === 0) return null;
  const { layout, connection, onStep } = options;
  const identity = { id: manifest.nextPart, level: (chosen[0]?.level ?? 0) + 1 };
  const merged = await writePart(connection, layout, identity, {
    exchanges: rowsOf(chosen),
    blocks: blocksOf(chosen),
    rollup: (kind) => rollupOfRollups(kind, parquetSource(chosen, kind) ?? ""),
  });
  onStep("merge-written");
  const kept = manifest.parts.filter((part) => !chosen.includes(part));
  const next = {
    ...manifest,
    generation: manifest.generation + 1,
    nextPart: manifest.nextPart + 1,
    parts: merged === null ? kept : [...kept, merged],
  };
  writeManifest(layout.manifest, next);
  onStep("merge-manifest-written");
  removeReplaced(layout, next);
  onStep("merge-removed");
  return next;
}

function partsToMerge(parts: readonly Part[]): readonly Part[] {
  const levels = Map.groupBy(parts, (part) => part.level);
  for (const [, some] of [...levels].sort(([left], [right]) => left - right)) {
    const chosen = some.slice(0, PARTS_MERGED);
    const rows = chosen.reduce((sum, part) => sum + part.exchanges.rows, 0);
    if (chosen.length === PARTS_MERGED && rows <= MERGED_ROWS_MAX) return chosen;
  }
  return [];
}

/**
 * A row and the one that takes it back leave together. The rest is not sorted again: it comes in runs
 * that are in order, and a sort of wide rows needs more memory than the engine is given.
 */
function rowsOf(parts: readonly Part[]): string {
  const source = parquetSource(parts, "exchanges") ?? "";
  if (parts.every((part) => part.takenBack === 0)) return `select * from ${source}`;
  const pairs = `select exchange, revision from ${source} where sign = -1 and (exchange, revision) in
(select (exchange, revision) from ${source} where sign = 1)`;
  return `select * from ${source} where (exchange, revision) not in (select (exchange, revision) from (${pairs}))`;
}

const NO_BLOCKS = `select ${BLOCK_COLUMNS.map(({ name, sql }) => `null::${sql} as "${name}"`).join(", ")} where false`;

function blocksOf(parts: readonly Part[]): string {
  const source = parquetSource(parts, "blocks");
  return source === null ? NO_BLOCKS : `select * from ${source}`;
}
