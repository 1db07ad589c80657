/**
 * What a start finds: the journal as the last process left it. A torn tail is cut; damaged lines are
 * told and stay where they are, since what follows them is whole.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { OpenedEntry } from "../../contracts/index.ts";
import { decodeEntry } from "../entries/index.ts";
import type { JournalLine } from "../journal/index.ts";
import {
  listSegments,
  scanFrames,
  scanSegment,
  segmentName,
  segmentPath,
} from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { readManifest } from "../manifest/index.ts";

export type RecoveryFinding = {
  readonly code: "torn-tail" | "checksum-mismatch" | "header-damaged" | "unknown-entry" | "lost";
  readonly file: string;
  readonly offset: number | null;
  readonly message: string;
};

export type Recovery = {
  /** Opened, and neither settled nor corrected. */
  readonly open: readonly OpenedEntry[];
  readonly findings: readonly RecoveryFinding[];
  /** Where to go on writing. */
  readonly segment: { readonly number: number; readonly bytes: number };
};

/** Errors: `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`. Call it under the directory's lock. */
export function recoverJournal(layout: LedgerLayout, installation: string): Recovery {
  const manifest = readManifest(layout.manifest);
  const open = new Map<string, OpenedEntry>();
  const findings: RecoveryFinding[] = [];
  if (manifest.carried !== null) {
    const path = join(layout.parts, manifest.carried.name);
    if (existsSync(path))
      replay(scanFrames(readFileSync(path), 0).lines, basename(path), open, findings);
  }
  let segment = { number: manifest.journalFrom, bytes: 0 };
  for (const number of listSegments(layout.journal, manifest.journalFrom)) {
    const path = segmentPath(layout.journal, number);
    let scan = scanSegment(path);
    for (const found of scan.findings) findings.push({ ...found, file: segmentName(number) });
    if (scan.tailIsWhole) {
      restoreLineFeed(path, scan.bytes - 1);
      scan = scanSegment(path);
    }
    if (scan.end < scan.fileBytes) truncateSync(path, scan.end);
    replay(scan.lines, segmentName(number), open, findings);
    const ours = scan.header?.installation === installation || scan.end === 0;
    segment = ours ? { number, bytes: scan.end } : { number: number + 1, bytes: 0 };
  }
  return { open: [...open.values()], findings, segment };
}

/** The last frame is whole and its line feed is not one: the bit that flipped is known. */
function restoreLineFeed(path: string, offset: number): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, "\n", offset);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function replay(
  lines: readonly JournalLine[],
  file: string,
  open: Map<string, OpenedEntry>,
  findings: RecoveryFinding[],
): void {
  for (const { json, offset } of lines) {
    const decoded = decodeEntry(json);
    if (decoded.kind === "unknown") {
      findings.push({ code: "unknown-entry", file, offset, message: decoded.problem });
    } else if (decoded.entry.kind === "opened") {
      open.set(decoded.entry.exchange, decoded.entry);
    } else {
      open.delete(decoded.entry.exchange);
    }
  }
}
