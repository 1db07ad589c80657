/**
 * What one query sees: the parts of one manifest and a table with the rows of the journal since. The
 * table only grows, by rows with a sign, so a query that is running is never pulled from under.
 */

import type { LiveExchanges } from "../live/index.ts";
import type { Manifest, Part } from "../manifest/index.ts";

export type Snapshot = {
  readonly manifest: Manifest;
  readonly live: LiveExchanges;
  readonly liveTable: string;
  readonly liveBlocksTable: string;
  /** Lets the table go when its manifest has been replaced. */
  readonly release: () => void;
};

export type FileKind = "exchanges" | "hourly" | "users" | "sessions" | "blocks";

/** Milliseconds, `sinceMs` included and `untilMs` excluded; `null` is unbounded. */
export type Bounds = { readonly sinceMs: number | null; readonly untilMs: number | null };

/** The parts that can hold an exchange opened within `bounds`. */
export function partsWithin(manifest: Manifest, bounds: Bounds): readonly Part[] {
  return manifest.parts.filter(
    (part) =>
      (bounds.sinceMs === null || part.lastMs >= bounds.sinceMs) &&
      (bounds.untilMs === null || part.firstMs < bounds.untilMs),
  );
}

const FILE_NAME = /^[a-z0-9-]+\.parquet$/;

/** `read_parquet([...])` over one kind of file of `parts`; `null` when there is none. */
export function parquetSource(parts: readonly Part[], kind: FileKind): string | null {
  const names = parts.flatMap((part) => part[kind]?.name ?? []);
  if (names.length === 0) return null;
  for (const name of names) if (!FILE_NAME.test(name)) throw new TypeError("not a part's name");
  const list = `[${names.map((name) => `'parts/${name}'`).join(", ")}]`;
  if (kind !== "exchanges") return `read_parquet(${list})`;
  // Parts from before rows said where they came from lack a column: it is null there.
  const hasSource = parts.some((part) => part.hasSource === true);
  const rows = `read_parquet(${list}, union_by_name = true)`;
  return hasSource ? rows : `(select *, null::varchar as source from ${rows})`;
}
