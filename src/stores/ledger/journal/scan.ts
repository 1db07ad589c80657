/**
 * Reads frames out of bytes. A damaged line is named and stepped over; an unfinished last line is
 * left to the caller, who knows whether a writer is still at work on it.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { PurserError } from "../../../base/index.ts";
import {
  JOURNAL_VERSION,
  JOURNAL_VERSION_OLDEST,
  PREFIX_BYTES,
  parseHeader,
  readFrame,
  type SegmentHeader,
} from "./frame.ts";

/** One whole frame: the offset of its first byte in the file, and its JSON. */
export type JournalLine = { readonly offset: number; readonly json: string };

export type JournalFinding = {
  readonly code: "checksum-mismatch" | "torn-tail" | "header-damaged";
  readonly offset: number;
  readonly message: string;
};

export type FrameScan = {
  readonly lines: readonly JournalLine[];
  readonly findings: readonly JournalFinding[];
  /** Offset in the file after the last line feed. */
  readonly end: number;
};

export type SegmentScan = FrameScan & {
  /** `null` when the header is damaged or not there yet. */
  readonly header: SegmentHeader | null;
  /** Bytes that were written: room at the end that is still zero does not count. */
  readonly bytes: number;
  readonly fileBytes: number;
  /** Whether what follows `end` is a whole frame whose line feed alone is wrong: a flipped bit, not a tear. */
  readonly tailIsWhole: boolean;
};

const LINE_FEED = 10;

/** Reads the frames of `buffer`, whose first byte stands at `base` in its file. */
export function scanFrames(buffer: Buffer, base: number): FrameScan {
  const lines: JournalLine[] = [];
  const findings: JournalFinding[] = [];
  let start = 0;
  for (let end = buffer.indexOf(LINE_FEED); end !== -1; end = buffer.indexOf(LINE_FEED, start)) {
    scanLine(buffer.subarray(start, end), base + start, lines, findings);
    start = end + 1;
  }
  return { lines, findings, end: base + start };
}

function scanLine(
  line: Buffer,
  offset: number,
  lines: JournalLine[],
  findings: JournalFinding[],
): void {
  const json = readFrame(line);
  if (json !== null) {
    lines.push({ offset, json });
    return;
  }
  const message = `a line of ${line.length} bytes does not match its checksum`;
  findings.push({ code: "checksum-mismatch", offset, message });
  lines.push(...framesWithin(line, offset));
}

/** A flipped line feed joins two frames into one bad line; both are still whole inside it. */
function framesWithin(line: Buffer, offset: number): readonly JournalLine[] {
  for (let at = line.indexOf(" {", PREFIX_BYTES); at !== -1; at = line.indexOf(" {", at + 1)) {
    const start = at - (PREFIX_BYTES - 1);
    const second = readFrame(line.subarray(start));
    if (second === null) continue;
    const first = readFrame(line.subarray(0, start - 1));
    const rest = { offset: offset + start, json: second };
    return first === null ? [rest] : [{ offset, json: first }, rest];
  }
  return [];
}

/**
 * Reads a whole segment. `torn-tail` is among the findings when the last line has no line feed.
 * Errors: `LEDGER_VERSION_NEWER`.
 */
export function scanSegment(path: string): SegmentScan {
  const file = readFileSync(path);
  const buffer = withoutRoom(file);
  const scan = scanFrames(buffer, 0);
  const findings = [...scan.findings];
  if (scan.end < buffer.length) {
    const message = `${buffer.length - scan.end} bytes at the end are not a whole line`;
    findings.push({ code: "torn-tail", offset: scan.end, message });
  }
  const tailIsWhole = readFrame(buffer.subarray(scan.end, -1)) !== null;
  const header = headerOf(path, scan);
  if (header === null && scan.end > 0) {
    findings.push({ code: "header-damaged", offset: 0, message: "the segment has no header" });
  }
  const lines = header === null ? scan.lines : scan.lines.slice(1);
  return {
    lines,
    findings,
    end: scan.end,
    header,
    bytes: buffer.length,
    fileBytes: file.length,
    tailIsWhole,
  };
}

const ROOM_STEP_BYTES = 4_096;
const ROOM = Buffer.alloc(ROOM_STEP_BYTES);

/** A file made beforehand ends in zeros that no frame holds. */
function withoutRoom(file: Buffer): Buffer {
  let end = file.length;
  while (end >= ROOM_STEP_BYTES && file.subarray(end - ROOM_STEP_BYTES, end).equals(ROOM)) {
    end -= ROOM_STEP_BYTES;
  }
  while (end > 0 && file[end - 1] === 0) end -= 1;
  return file.subarray(0, end);
}

function headerOf(path: string, scan: FrameScan): SegmentHeader | null {
  const first = scan.lines[0];
  if (first === undefined || first.offset !== 0) return null;
  const header = parseHeader(first.json);
  if (header !== null) checkVersion(path, header.journal);
  return header;
}

/** Throws `LEDGER_VERSION_NEWER` for a format that this Purser does not know. */
export function checkVersion(path: string, version: number): void {
  if (version > JOURNAL_VERSION || version < JOURNAL_VERSION_OLDEST) {
    const known = `${JOURNAL_VERSION_OLDEST} to ${JOURNAL_VERSION}`;
    throw new PurserError("LEDGER_VERSION_NEWER", {
      what: `the journal has format ${version}, this Purser reads ${known}`,
      where: basename(path),
    });
  }
}
