/**
 * Exchanges that are still open when their segment is compacted: their openings are carried over in a
 * file of frames, which is read before the journal.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEntry, OpenedEntry } from "../../contracts/index.ts";
import { decodeEntry, encodeEntry } from "../entries/index.ts";
import { encodeFrame, scanFrames } from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import type { Manifest, PartFile } from "../manifest/index.ts";

export function readCarried(layout: LedgerLayout, manifest: Manifest): readonly LedgerEntry[] {
  if (manifest.carried === null) return [];
  const bytes = readFileSync(join(layout.parts, manifest.carried.name));
  return scanFrames(bytes, 0).lines.flatMap(({ json }) => {
    const decoded = decodeEntry(json);
    return decoded.kind === "entry" ? [decoded.entry] : [];
  });
}

/** `null` when nothing is open. Durable when it returns. */
export function writeCarried(
  layout: LedgerLayout,
  generation: number,
  open: readonly OpenedEntry[],
): PartFile | null {
  if (open.length === 0) return null;
  const name = `carried-${String(generation).padStart(8, "0")}.frames`;
  const bytes = Buffer.concat(open.map((entry) => encodeFrame(encodeEntry(entry))));
  const file = openSync(join(layout.parts, name), "w", 0o600);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes.subarray(done));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, bytes: bytes.length, sha256, rows: open.length };
}
