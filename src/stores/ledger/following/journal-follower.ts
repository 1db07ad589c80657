/** Reads the journal as it grows, from segment to segment, and remembers how far it has come. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { LedgerEntry } from "../../contracts/index.ts";
import { decodeEntry } from "../entries/index.ts";
import { checkVersion, listSegments, scanFrames, segmentPath } from "../journal/index.ts";

export type AppliedFrame = {
  readonly entry: LedgerEntry;
  readonly segment: number;
  readonly offset: number;
};

/** Bytes read at once: a whole sealed segment and the largest frame fit. */
const READ_BYTES_MAX = 128 * 1024 * 1024;
/** A segment may end in room that is still zero; reading stops in it after one such step. */
const STEP_BYTES = 1024 * 1024;

export class JournalFollower {
  private segment: number;
  private offset = 0;
  private readonly folder: string;

  constructor(folder: string, from: number) {
    this.folder = folder;
    this.segment = from;
  }

  /** Where the next entry will be read. */
  position(): { readonly segment: number; readonly offset: number } {
    return { segment: this.segment, offset: this.offset };
  }

  /**
   * Hands every entry written since the last call to `apply`. Frames that do not match their checksum
   * are stepped over; `verify` tells of them. Throws `ENOENT` when a segment was compacted away.
   */
  read(apply: (frame: AppliedFrame) => void): void {
    for (const number of listSegments(this.folder, this.segment)) {
      if (number > this.segment) {
        this.segment = number;
        this.offset = 0;
      }
      while (this.readSome(apply)) {
        // A segment larger than one read is read on.
      }
    }
  }

  /** Returns whether there may be more. */
  private readSome(apply: (frame: AppliedFrame) => void): boolean {
    const path = segmentPath(this.folder, this.segment);
    const bytes = readFrom(path, this.offset);
    if (bytes.length === 0) return false;
    const scan = scanFrames(bytes, this.offset);
    for (const { json, offset } of scan.lines) {
      const decoded = offset === 0 ? null : decodeEntry(json);
      if (offset === 0) checkHeader(path, json);
      if (decoded?.kind !== "entry") continue;
      apply({ entry: decoded.entry, segment: this.segment, offset });
    }
    const moved = scan.end > this.offset;
    this.offset = scan.end;
    return moved && bytes.length === READ_BYTES_MAX;
  }
}

function checkHeader(path: string, json: string): void {
  const header: unknown = JSON.parse(json);
  if (typeof header !== "object" || header === null || !("journal" in header)) return;
  if (typeof header.journal === "number") checkVersion(path, header.journal);
}

function readFrom(path: string, offset: number): Buffer {
  const file = openSync(path, "r");
  try {
    const length = Math.min(READ_BYTES_MAX, Math.max(0, fstatSync(file).size - offset));
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const read = readSync(file, bytes, done, Math.min(STEP_BYTES, length - done), offset + done);
      if (read === 0 || bytes[done + read - 1] === 0) return bytes.subarray(0, done + read);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
