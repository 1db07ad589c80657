import {
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Appender, openAppender } from "./append.ts";
import { scanSegment } from "./scan.ts";
import { listSegments, segmentPath } from "./segment.ts";
import { Spare } from "./spare.ts";

const SEGMENT_BYTES = 2 * 1024 * 1024;

describe("a file made beforehand", () => {
  let folder: string;
  let appender: Appender;
  let count = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "purser-spare-"));
    count = 0;
    appender = openAppender({
      folder,
      installation: "abc",
      segment: { number: 1, bytes: 0 },
      segmentBytesMax: SEGMENT_BYTES,
    });
  });
  afterEach(async () => {
    await appender.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const add = async (entries: number, bytes: number): Promise<void> => {
    for (let index = 0; index < entries; index += 1) {
      await appender.appendDurable(JSON.stringify({ count, fill: "x".repeat(bytes) }));
      count += 1;
    }
  };
  /** Writes until a segment has room that is not used yet. */
  const addUntilPreallocated = async (): Promise<void> => {
    await add(1, 600 * 1024);
    await add(1, 10);
    await expect.poll(() => existsSync(join(folder, "spare")), { interval: 5 }).toBe(true);
    await add(3, 10);
  };
  const counted = (from: string): readonly number[] =>
    listSegments(from, 0).flatMap((number) =>
      scanSegment(segmentPath(from, number)).lines.map(
        ({ json }) => (JSON.parse(json) as { count: number }).count,
      ),
    );
  const upTo = (end: number): readonly number[] => Array.from({ length: end }, (_, index) => index);

  it("the journal goes on in it, and reads what is written and not the room behind", async () => {
    await addUntilPreallocated();
    expect(listSegments(folder, 0)).toEqual([1, 2]);
    expect(statSync(segmentPath(folder, 2)).size).toBe(SEGMENT_BYTES);
    const scan = scanSegment(segmentPath(folder, 2));
    expect(scan.findings).toEqual([]);
    expect(scan.bytes).toBe(scan.end);
    expect(scan.fileBytes).toBe(SEGMENT_BYTES);
    expect(counted(folder)).toEqual(upTo(count));
  });

  it("the journal leaves no room behind when it closes or goes on to the next", async () => {
    await addUntilPreallocated();
    await add(4, 600 * 1024);
    expect(listSegments(folder, 0).length).toBeGreaterThan(2);
    const sealed = scanSegment(segmentPath(folder, 2));
    expect(sealed.fileBytes).toBe(sealed.end);
    await appender.close();
    for (const number of listSegments(folder, 0)) {
      const scan = scanSegment(segmentPath(folder, number));
      expect(scan.fileBytes).toBe(scan.end);
    }
    expect(existsSync(join(folder, "spare"))).toBe(false);
    expect(counted(folder)).toEqual(upTo(count));
  });

  it("a killed process leaves every whole frame readable, and a torn one is told", async () => {
    await addUntilPreallocated();
    const copy = `${folder}-killed`;
    cpSync(folder, copy, { recursive: true });
    const path = segmentPath(copy, 2);
    const { end } = scanSegment(path);
    expect(counted(copy)).toEqual(upTo(count));
    // A frame that was cut: its first bytes are there, and then the room that was there before.
    truncateSync(path, end);
    writeFileSync(path, '0badc0de {"count":', { flag: "a" });
    truncateSync(path, SEGMENT_BYTES);
    const torn = scanSegment(path);
    expect(torn.findings.map(({ code }) => code)).toEqual(["torn-tail"]);
    expect(torn.end).toBe(end);
    expect(counted(copy)).toEqual(upTo(count));
    rmSync(copy, { recursive: true, force: true });
  });

  it("a spare that another process finished is used, and a half-made one is not", () => {
    writeFileSync(join(folder, "spare"), Buffer.alloc(100));
    expect(new Spare(folder, 100).isReady()).toBe(true);
    expect(new Spare(folder, 101).isReady()).toBe(false);
  });

  it("a spare is not made where the disk has not room for many of them", async () => {
    const spare = new Spare(folder, Number.MAX_SAFE_INTEGER);
    spare.prepare();
    await spare.close();
    expect(existsSync(join(folder, "spare"))).toBe(false);
    expect(existsSync(join(folder, "spare.new"))).toBe(false);
  });
});
