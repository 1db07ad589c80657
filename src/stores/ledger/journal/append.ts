/**
 * The appending end of the journal.
 *
 * Frames of one turn of the event loop go out in one write. Durable frames wait for a sync; those
 * that arrive while a sync runs share the next one, and so do those of a few turns in a row. There is no
 * timer: nobody waits for company that may not come.
 * When the disk refuses, nothing is half there: the file is cut back to its last whole batch.
 */
import { assert, PurserError } from "../../../base/index.ts";
import type { LedgerState } from "../../contracts/index.ts";
import { type Disk, REAL_DISK, writeAll } from "./disk.ts";
import {
  encodeHeader,
  FRAME_BYTES_MAX,
  JOURNAL_VERSION,
  PREFIX_BYTES,
  writeFrame,
} from "./frame.ts";
import { Reserve } from "./reserve.ts";
import { segmentPath } from "./segment.ts";
import { Spare } from "./spare.ts";

/**
 * A segment is sealed, and ready for compaction, when it has grown to this. A report that starts cold
 * reads all that is not compacted, so it is kept short: some eight thousand exchanges.
 */
export const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
/** A journal that has grown to this has real traffic, so it is worth a file made beforehand. */
const SPARE_FROM_BYTES = 512 * 1024;
/** A turn that brings more than this is written before the turn is over. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
/**
 * How many turns of the event loop a sync waits while each of them brings more to sync. One that brings
 * nothing ends the wait, so a lone call waits for one turn and no longer. A sync costs more than any other
 * step of a call: with these turns a busy gateway made half the syncs that it made with eight.
 */
const SYNC_TURNS_MAX = 24;
/** Settlements kept in memory for when the disk takes writes again. */
const HELD_FRAMES_MAX = 10_000;
/** How often a refusing journal looks whether the disk takes writes again. */
const PROBE_INTERVAL_MS = 1_000;

export type AppenderOptions = {
  readonly folder: string;
  readonly installation: string;
  /** The segment to go on with, and its length in bytes; 0 makes it new. */
  readonly segment: { readonly number: number; readonly bytes: number };
  readonly segmentBytesMax?: number;
  readonly probeIntervalMs?: number;
  readonly disk?: Disk;
  /** Told the number of a segment that takes no more entries. */
  readonly onSealed?: (segment: number) => void;
};

export type Appender = {
  /** Resolves once the operating system has it. Errors: `LEDGER_UNWRITABLE`, `LEDGER_ENTRY_TOO_LARGE`. */
  readonly append: (json: string) => Promise<void>;
  /** Resolves once the disk has it. Errors as `append`. */
  readonly appendDurable: (json: string) => Promise<void>;
  readonly state: () => LedgerState;
  /** The number of the segment that is being written. */
  readonly segment: () => number;
  /** Starts a new segment, so that everything before it can be compacted. */
  readonly rotate: () => void;
  readonly close: () => Promise<void>;
};

type Waiter = { readonly resolve: () => void; readonly reject: (error: Error) => void };
/** Waiters for a sync, with their frames for when it fails. */
type Unsynced = { readonly waiters: readonly Waiter[]; readonly frames: readonly Buffer[] };

/** Errors: `LEDGER_UNWRITABLE` when the segment cannot be opened. */
export function openAppender(options: AppenderOptions): Appender {
  const journal = new JournalAppender(options);
  return {
    append: (json) => journal.add(json, false),
    appendDurable: (json) => journal.add(json, true),
    state: () => journal.state,
    segment: () => journal.number,
    rotate: () => journal.rotate(),
    close: () => journal.close(),
  };
}

class JournalAppender {
  state: LedgerState = { kind: "ready" };
  number: number;
  private readonly options: AppenderOptions;
  private readonly disk: Disk;
  private readonly reserve: Reserve;
  private readonly spare: Spare;
  private file = -1;
  /** Whether the segment's file was made beforehand and is longer than what is written. */
  private preallocated = false;
  /** Bytes of the segment that are whole batches. */
  private length = 0;
  private batch = Buffer.allocUnsafeSlow(256 * 1024);
  private batchLength = 0;
  private batchWaiters: Waiter[] = [];
  private batchDurable: Waiter[] = [];
  /** Frames of the batch that must be on the disk, for when it refuses: start and end offsets. */
  private batchDurableFrames: (readonly [number, number])[] = [];
  private flushScheduled = false;
  private unsynced: Unsynced[] = [];
  private syncing = false;
  /**
   * After a failed sync the operating system may have dropped pages, and a later sync would say nothing
   * of it; after a failed cut the end is not whole. Either way the segment takes no more entries.
   */
  private segmentLost = false;
  private held: Buffer[] = [];
  private probe: NodeJS.Timeout | null = null;
  private closed = false;
  private whenIdle: (() => void) | null = null;

  constructor(options: AppenderOptions) {
    this.options = options;
    this.disk = options.disk ?? REAL_DISK;
    this.reserve = new Reserve(this.disk, options.folder);
    this.spare = new Spare(options.folder, options.segmentBytesMax ?? SEGMENT_BYTES_MAX);
    this.number = options.segment.number;
    try {
      this.openSegment(options.segment.number, options.segment.bytes);
    } catch (error) {
      throw unwritable(this.options.folder, error);
    }
    try {
      if (!this.reserve.isThere()) this.reserve.make();
    } catch (error) {
      this.refuse(error);
    }
  }

  add(json: string, durable: boolean): Promise<void> {
    if (this.closed) return Promise.reject(closedError());
    const bytesMax = PREFIX_BYTES + json.length * 3 + 1;
    if (bytesMax > FRAME_BYTES_MAX && Buffer.byteLength(json) > FRAME_BYTES_MAX) {
      return Promise.reject(tooLarge(json));
    }
    if (this.state.kind === "refusing" && !durable) {
      return Promise.reject(unwritable(this.options.folder, this.state.reason));
    }
    this.makeRoom(bytesMax);
    const start = this.batchLength;
    this.batchLength = writeFrame(this.batch, start, json);
    if (durable) this.batchDurableFrames.push([start, this.batchLength]);
    const settled = new Promise<void>((resolve, reject) => {
      (durable ? this.batchDurable : this.batchWaiters).push({ resolve, reject });
    });
    this.scheduleFlush();
    return settled;
  }

  rotate(): void {
    this.flush();
    this.rotateSegment();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.flush();
    if (this.state.kind === "refusing") this.tryAgain();
    this.closed = true;
    if (this.probe !== null) clearInterval(this.probe);
    if (this.syncing) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    this.cutUnwritten(this.file);
    this.disk.close(this.file);
    await this.spare.close();
  }

  /** A segment that is left ends with its last frame; only one that is being written may have room. */
  private cutUnwritten(file: number): void {
    if (!this.preallocated) return;
    try {
      this.disk.truncate(file, this.length);
    } catch {
      // Zeros at the end are read as room that was not used, so nothing is lost by leaving them.
    }
  }

  private makeRoom(bytes: number): void {
    if (this.batchLength + bytes <= this.batch.length) return;
    const larger = Buffer.allocUnsafeSlow(
      Math.max(this.batch.length * 2, this.batchLength + bytes),
    );
    this.batch.copy(larger, 0, 0, this.batchLength);
    this.batch = larger;
  }

  private scheduleFlush(): void {
    if (this.batchLength > BATCH_BYTES_MAX) this.flush();
    if (this.flushScheduled || this.batchLength === 0) return;
    this.flushScheduled = true;
    setImmediate(() => {
      this.flushScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.batchLength === 0) return;
    const bytes = this.batch.subarray(0, this.batchLength);
    const waiters = this.batchWaiters;
    const durable = this.batchDurable;
    const frames = this.batchDurableFrames;
    this.batchLength = 0;
    this.batchWaiters = [];
    this.batchDurable = [];
    this.batchDurableFrames = [];
    // The batch's memory is used again, so what may have to be written again is copied.
    const kept = frames.map(([start, end]) => Buffer.from(bytes.subarray(start, end)));
    try {
      this.writeBatch(bytes);
    } catch (error) {
      this.hold(kept);
      this.rejectAll([...waiters, ...durable], error);
      return;
    }
    for (const waiter of waiters) waiter.resolve();
    if (durable.length > 0) this.unsynced.push({ waiters: durable, frames: kept });
    this.startSync();
  }

  private rejectAll(waiters: readonly Waiter[], error: unknown): void {
    const failure = unwritable(this.options.folder, error);
    for (const waiter of waiters) waiter.reject(failure);
  }

  private writeBatch(bytes: Buffer): void {
    const bytesMax = this.options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.checkSegment();
    try {
      if (this.state.kind === "ready" && this.isSegmentOver(bytes.length, bytesMax)) {
        this.rotateSegment();
      }
      this.writeWhole(bytes);
    } catch (error) {
      const first = this.state.kind === "ready";
      this.refuse(error);
      if (!first) throw error;
      // The reserve is given up, so that what is in flight can be settled.
      this.reserve.drop();
      this.checkSegment();
      this.writeWhole(bytes);
    }
  }

  /** Full; or grown so far, while a file made beforehand waits. */
  private isSegmentOver(bytes: number, bytesMax: number): boolean {
    if (this.length + bytes > bytesMax) return true;
    if (this.length < SPARE_FROM_BYTES) return false;
    this.spare.prepare();
    return !this.preallocated && this.spare.isReady();
  }

  private checkSegment(): void {
    if (this.segmentLost) throw new Error("the disk failed; a new segment is not open yet");
  }

  private writeWhole(bytes: Buffer): void {
    try {
      writeAll(this.disk, this.file, bytes, this.length);
      this.length += bytes.length;
    } catch (error) {
      this.cutBack();
      throw error;
    }
  }

  private cutBack(): void {
    try {
      this.disk.truncate(this.file, this.length);
      this.preallocated = false;
    } catch {
      this.segmentLost = true;
    }
  }

  private startSync(): void {
    if (this.syncing || this.unsynced.length === 0) return;
    this.syncing = true;
    this.awaitTurn(SYNC_TURNS_MAX, this.unsynced.length);
  }

  /** Syncs after this turn, unless the turn brings more and there are turns left. */
  private awaitTurn(turns: number, before: number): void {
    setImmediate(() => {
      const groups = this.unsynced.length;
      if (groups > before && turns > 1 && !this.closed) this.awaitTurn(turns - 1, groups);
      else this.sync();
    });
  }

  private sync(): void {
    const groups = this.unsynced;
    this.unsynced = [];
    this.disk.sync(this.file, (error) => {
      this.syncing = false;
      if (error === null)
        for (const group of groups) for (const one of group.waiters) one.resolve();
      else this.failSync(groups, error);
      this.startSync();
      if (!this.syncing) this.whenIdle?.();
    });
  }

  private failSync(groups: readonly Unsynced[], error: unknown): void {
    this.segmentLost = true;
    this.refuse(error);
    const later = this.unsynced;
    this.unsynced = [];
    for (const group of [...groups, ...later]) {
      this.hold(group.frames);
      this.rejectAll(group.waiters, error);
    }
  }

  private rotateSegment(): void {
    const sealed = this.number;
    const file = this.file;
    this.cutUnwritten(file);
    if (!this.segmentLost) this.syncSealed();
    this.openSegment(sealed + 1, 0);
    const { syncing } = this;
    if (syncing) setImmediate(() => this.closeLater(file));
    else this.disk.close(file);
    this.options.onSealed?.(sealed);
  }

  /** What waits for a sync is in the file that is left: it must be on the disk before. */
  private syncSealed(): void {
    try {
      this.disk.syncNow(this.file);
    } catch (error) {
      this.failSync([], error);
      throw error;
    }
  }

  /** A sync of the sealed file may still run; its descriptor must not be reused under it. */
  private closeLater(file: number): void {
    if (this.syncing && !this.closed) setImmediate(() => this.closeLater(file));
    else this.disk.close(file);
  }

  private openSegment(number: number, bytes: number): void {
    const path = segmentPath(this.options.folder, number);
    const preallocated = bytes === 0 && this.spare.takeAs(path);
    const file = this.disk.open(path);
    if (bytes === 0) this.writeHeader(file, number, preallocated);
    this.file = file;
    this.number = number;
    this.preallocated = preallocated;
    if (bytes > 0) this.length = bytes;
  }

  private writeHeader(file: number, segment: number, preallocated: boolean): void {
    const { installation, folder } = this.options;
    const header = encodeHeader({ journal: JOURNAL_VERSION, installation, segment });
    try {
      if (!preallocated) this.disk.truncate(file, 0);
      writeAll(this.disk, file, header, 0);
      this.disk.syncNow(file);
      this.disk.syncFolder(folder);
    } catch (error) {
      this.disk.close(file);
      throw error;
    }
    this.length = header.length;
  }

  private refuse(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.state = { kind: "refusing", reason };
    if (this.probe !== null || this.closed) return;
    this.probe = setInterval(
      () => this.tryAgain(),
      this.options.probeIntervalMs ?? PROBE_INTERVAL_MS,
    );
    this.probe.unref();
  }

  /** Ready again once a new segment, the reserve and everything held could be written. */
  private tryAgain(): void {
    if (this.syncing) return;
    try {
      this.reserve.drop();
      this.reserve.make();
      this.rotateSegment();
      this.writeWhole(Buffer.concat(this.held));
      this.disk.syncNow(this.file);
    } catch (error) {
      this.state = {
        kind: "refusing",
        reason: error instanceof Error ? error.message : String(error),
      };
      return;
    }
    this.held = [];
    this.segmentLost = false;
    this.state = { kind: "ready" };
    if (this.probe !== null) clearInterval(this.probe);
    this.probe = null;
  }

  private hold(frames: readonly Buffer[]): void {
    for (const frame of frames) if (this.held.length < HELD_FRAMES_MAX) this.held.push(frame);
  }
}

function unwritable(folder: string, cause: unknown): PurserError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new PurserError("LEDGER_UNWRITABLE", { what, where: folder, cause });
}

function closedError(): PurserError {
  return new PurserError("LEDGER_CLOSED", { what: "the journal is closed" });
}

function tooLarge(json: string): PurserError {
  assert(json.length > 0, "an entry has content");
  const what = `an entry of ${Buffer.byteLength(json)} bytes; the journal takes ${FRAME_BYTES_MAX}`;
  return new PurserError("LEDGER_ENTRY_TOO_LARGE", { what });
}
