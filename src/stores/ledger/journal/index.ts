/**
 * journal: the append-only files that every entry goes to first.
 *
 * Answers:   what was written, in order, and whether it is whole.
 * Promises:  `append` is in the operating system when it resolves, `appendDurable` on the disk. A torn
 *            tail is cut, a damaged line is named and stepped over, nothing after it is lost.
 * Does not:  know what an entry means beyond its kind and exchange.
 * Start at:  frame.ts for the format, then append.ts.
 */
export { type Appender, type AppenderOptions, openAppender, SEGMENT_BYTES_MAX } from "./append.ts";
export { type Disk, REAL_DISK } from "./disk.ts";
export {
  encodeFrame,
  encodeHeader,
  FRAME_BYTES_MAX,
  JOURNAL_VERSION,
  readFrame,
  type SegmentHeader,
} from "./frame.ts";
export {
  checkVersion,
  type FrameScan,
  type JournalFinding,
  type JournalLine,
  type SegmentScan,
  scanFrames,
  scanSegment,
} from "./scan.ts";
export { listSegments, segmentName, segmentPath } from "./segment.ts";
