import { readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { listSegments, segmentPath } from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import type { Manifest } from "../manifest/index.ts";

/** The names of the files under `parts/` that make up the ledger. */
export function namesOf(manifest: Manifest): ReadonlySet<string> {
  const files = manifest.parts.flatMap((part) => [
    part.exchanges,
    part.blocks,
    part.hourly,
    part.users,
    part.sessions,
  ]);
  return new Set([...files, manifest.carried].flatMap((file) => file?.name ?? []));
}

/** Files that a killed compaction left: not in the manifest, or before its journal. */
export function removeStrays(layout: LedgerLayout, manifest: Manifest): void {
  const names = namesOf(manifest);
  for (const name of readdirSync(layout.parts)) {
    if (!names.has(name)) unlinkSync(join(layout.parts, name));
  }
  removeSegments(layout, manifest);
}

/** What `manifest`, now durable, has replaced. */
export function removeReplaced(layout: LedgerLayout, manifest: Manifest): void {
  removeSegments(layout, manifest);
  removeStrays(layout, manifest);
}

function removeSegments(layout: LedgerLayout, manifest: Manifest): void {
  for (const number of listSegments(layout.journal, 0)) {
    if (number < manifest.journalFrom) unlinkSync(segmentPath(layout.journal, number));
  }
}
