/** The journal: framing, checksums, order, and what its entries say of each other. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEntry } from "../../contracts/index.ts";
import { decodeEntry, encodeEntry } from "../entries/index.ts";
import {
  type JournalLine,
  listSegments,
  type SegmentScan,
  scanFrames,
  scanSegment,
  segmentName,
  segmentPath,
} from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import type { Manifest } from "../manifest/index.ts";
import { brokenInvariants } from "./entry-invariants.ts";
import type { Findings } from "./findings.ts";

type Place = { readonly file: string; readonly offset: number };

/** What the journal knows of each exchange, for the checks between entries and with the parts. */
export type JournalFacts = {
  readonly opened: Map<string, Place>;
  /** A digest of the settlement, to tell a repeated one from another one. */
  readonly settled: Map<string, Place & { readonly digest: string }>;
  /** Settlements and corrections whose opening is not in the journal. */
  readonly unopened: Map<string, Place & { readonly kind: "settled" | "corrected" }>;
};

export function verifyJournal(
  layout: LedgerLayout,
  manifest: Manifest,
  findings: Findings,
): JournalFacts {
  const facts: JournalFacts = { opened: new Map(), settled: new Map(), unopened: new Map() };
  verifyCarried(layout, manifest, facts, findings);
  const numbers = listSegments(layout.journal, manifest.journalFrom);
  let expected = manifest.journalFrom;
  let installation: string | null = null;
  for (const number of numbers) {
    if (number !== expected) tellMissing(expected, number, findings);
    expected = number + 1;
    const last = number === numbers.at(-1);
    const scan = scanSegment(segmentPath(layout.journal, number));
    verifySegment(scan, segmentName(number), { last, number, installation }, findings);
    installation ??= scan.header?.installation ?? null;
    for (const line of scan.lines) verifyLine(line, segmentName(number), facts, findings);
  }
  tellKept(layout, findings);
  return facts;
}

function tellMissing(from: number, to: number, findings: Findings): void {
  for (let number = from; number < to; number += 1) {
    findings.error(
      "segment-missing",
      segmentName(number),
      null,
      "a segment of the journal is gone",
    );
  }
}

type SegmentPlace = {
  readonly last: boolean;
  readonly number: number;
  readonly installation: string | null;
};

function verifySegment(
  scan: SegmentScan,
  file: string,
  place: SegmentPlace,
  findings: Findings,
): void {
  findings.filesChecked += 1;
  for (const { code, offset, message } of scan.findings) {
    if (code === "torn-tail" && place.last && !scan.tailIsWhole) {
      findings.notice(code, file, offset, `${message}; a start cuts it, or it is being written`);
    } else findings.error(code, file, offset, message);
  }
  const { header } = scan;
  if (header === null) return;
  if (header.segment !== place.number) {
    findings.error("segment-misplaced", file, 0, `its header says segment ${header.segment}`);
  }
  if (place.installation !== null && header.installation !== place.installation) {
    findings.error("installation-differs", file, 0, "it was written by another installation");
  }
}

function verifyCarried(
  layout: LedgerLayout,
  manifest: Manifest,
  facts: JournalFacts,
  findings: Findings,
): void {
  const { carried } = manifest;
  if (carried === null) return;
  const bytes = readFileSync(join(layout.parts, carried.name));
  const scan = scanFrames(bytes, 0);
  for (const { code, offset, message } of scan.findings) {
    findings.error(code, carried.name, offset, message);
  }
  for (const line of scan.lines) verifyLine(line, carried.name, facts, findings);
}

function verifyLine(
  line: JournalLine,
  file: string,
  facts: JournalFacts,
  findings: Findings,
): void {
  findings.entriesChecked += 1;
  const decoded = decodeEntry(line.json);
  const place = { file, offset: line.offset };
  if (decoded.kind === "unknown") {
    findings.error("unknown-entry", file, line.offset, decoded.problem);
    return;
  }
  for (const broken of brokenInvariants(decoded.entry)) {
    const message = `${decoded.entry.exchange}: ${broken.message}`;
    findings.add({ ...broken, file, offset: line.offset, message });
  }
  relate(decoded.entry, place, facts, findings);
}

function relate(entry: LedgerEntry, place: Place, facts: JournalFacts, findings: Findings): void {
  const { exchange } = entry;
  if (entry.kind === "opened") {
    if (facts.opened.has(exchange)) {
      findings.error("duplicate-exchange", place.file, place.offset, `${exchange} is opened twice`);
    }
    facts.opened.set(exchange, place);
    return;
  }
  if (!facts.opened.has(exchange)) facts.unopened.set(exchange, { ...place, kind: entry.kind });
  if (entry.kind === "corrected") return;
  const digest = createHash("sha256").update(encodeEntry(entry)).digest("base64");
  const before = facts.settled.get(exchange);
  if (before === undefined) facts.settled.set(exchange, { ...place, digest });
  else if (before.digest === digest) {
    findings.notice("settled-twice", place.file, place.offset, `${exchange}: twice, and the same`);
  } else {
    const message = `${exchange} was settled before, otherwise; the first stands`;
    findings.error("settled-twice", place.file, place.offset, message);
  }
}

function tellKept(layout: LedgerLayout, findings: Findings): void {
  for (const name of readdirSync(layout.journal)) {
    if (!name.startsWith("damaged-")) continue;
    findings.notice("damaged-segment-kept", name, null, "kept when it was compacted; see the docs");
  }
}
