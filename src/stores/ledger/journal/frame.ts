/**
 * A frame is one line: eight lower-case hex digits of the CRC-32 of the JSON, a space, the JSON, a
 * line feed. JSON holds no raw line feed, so after damage the next line feed is the next frame.
 */
import { crc32 } from "node:zlib";
import { isJsonObject } from "../../../base/index.ts";

/** The format this Purser writes. Readers take it and the one before. */
export const JOURNAL_VERSION = 1;
/** The oldest format this Purser reads: always `JOURNAL_VERSION - 1`, once there has been one. */
export const JOURNAL_VERSION_OLDEST = 1;
/** The largest frame: a prompt of some three hundred thousand new blocks. */
export const FRAME_BYTES_MAX = 32 * 1024 * 1024;
/** Hex digits and the space before the JSON. */
export const PREFIX_BYTES = 9;

const LINE_FEED = 10;
const SPACE = 32;

/** The header that opens a segment. */
export type SegmentHeader = {
  readonly journal: number;
  readonly installation: string;
  readonly segment: number;
};

export function encodeFrame(json: string): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + Buffer.byteLength(json) + 1);
  const written = writeFrame(frame, 0, json);
  return frame.subarray(0, written);
}

/** Writes a frame into `target`, which must have room, and returns the offset after it. */
export function writeFrame(target: Buffer, offset: number, json: string): number {
  const start = offset + PREFIX_BYTES;
  const end = start + target.write(json, start, "utf8");
  const checksum = crc32(target.subarray(start, end)).toString(16).padStart(8, "0");
  target.write(checksum, offset, "latin1");
  target[start - 1] = SPACE;
  target[end] = LINE_FEED;
  return end + 1;
}

/** The JSON of a line without its line feed, or `null` when the checksum or the form is wrong. */
export function readFrame(line: Buffer): string | null {
  if (line.length < PREFIX_BYTES || line[PREFIX_BYTES - 1] !== SPACE) return null;
  const json = line.subarray(PREFIX_BYTES);
  const checksum = crc32(json).toString(16).padStart(8, "0");
  return line.toString("latin1", 0, PREFIX_BYTES - 1) === checksum ? json.toString("utf8") : null;
}

export function encodeHeader(header: SegmentHeader): Buffer {
  return encodeFrame(JSON.stringify(header));
}

export function parseHeader(json: string): SegmentHeader | null {
  const value: unknown = JSON.parse(json);
  if (!isJsonObject(value)) return null;
  const { journal, installation, segment } = value;
  if (typeof journal !== "number" || typeof segment !== "number") return null;
  return typeof installation === "string" ? { journal, installation, segment } : null;
}
