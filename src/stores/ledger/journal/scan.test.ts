import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { encodeFrame, encodeHeader, JOURNAL_VERSION } from "./frame.ts";
import { scanFrames, scanSegment } from "./scan.ts";

const folder = mkdtempSync(join(tmpdir(), "purser-scan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = fc
  .record({ exchange: fc.string(), text: fc.string({ unit: "binary" }), n: fc.integer() })
  .map((value) => JSON.stringify(value));

describe("scanFrames", () => {
  it("gives back every frame that was written, with its offset", () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 20 }), (lines) => {
        const frames = lines.map(encodeFrame);
        const scan = scanFrames(Buffer.concat(frames), 100);
        expect(scan.findings).toEqual([]);
        expect(scan.lines.map((line) => line.json)).toEqual(lines);
        let offset = 100;
        for (const [index, frame] of frames.entries()) {
          expect(scan.lines[index]?.offset).toBe(offset);
          offset += frame.length;
        }
        expect(scan.end).toBe(offset);
      }),
    );
  });

  it("never gives a frame that was not written, and loses at most two, when any bit is flipped", () => {
    fc.assert(
      fc.property(
        fc.array(json, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(7),
        (lines, at, bit) => {
          const bytes = Buffer.concat(lines.map(encodeFrame));
          const place = at % bytes.length;
          bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
          const scan = scanFrames(bytes, 0);
          const isTold = scan.findings.length > 0 || scan.end < bytes.length;
          expect(isTold).toBe(true);
          for (const line of scan.lines) expect(lines).toContain(line.json);
          expect(scan.lines.length).toBeGreaterThanOrEqual(lines.length - 2);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("gives the whole frames before a tear, at every byte it can be at", () => {
    const lines = ['{"a":1}', '{"b":"two"}', '{"c":{"d":[]}}', '{"e":null}'];
    const bytes = Buffer.concat(lines.map(encodeFrame));
    for (let length = 0; length <= bytes.length; length += 1) {
      const torn = bytes.subarray(0, length);
      const whole = [...torn].filter((byte) => byte === 10).length;
      const scan = scanFrames(torn, 0);
      expect(scan.lines.map((line) => line.json)).toEqual(lines.slice(0, whole));
      expect(scan.findings).toEqual([]);
      expect(scan.end < length).toBe(length > 0 && bytes[length - 1] !== 10);
    }
  });

  it("keeps both frames that a flipped line feed joined", () => {
    const frames = ['{"a":1}', '{"b":2}', '{"c":3}'].map(encodeFrame);
    const bytes = Buffer.concat(frames);
    bytes[(frames[0]?.length ?? 0) - 1] = 11;
    const scan = scanFrames(bytes, 0);
    expect(scan.findings).toHaveLength(1);
    expect(scan.lines.map((line) => line.json)).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });
});

describe("scanSegment", () => {
  const path = join(folder, "00000001.journal");
  const header = { journal: JOURNAL_VERSION, installation: "abc", segment: 1 };

  it("reads the header and leaves it out of the lines", () => {
    writeFileSync(path, Buffer.concat([encodeHeader(header), encodeFrame('{"a":1}')]));
    const scan = scanSegment(path);
    expect(scan.header).toEqual(header);
    expect(scan.lines.map((line) => line.json)).toEqual(['{"a":1}']);
  });

  it("refuses a journal of a newer format", () => {
    writeFileSync(path, encodeHeader({ ...header, journal: JOURNAL_VERSION + 1 }));
    expect(() => scanSegment(path)).toThrow(/LEDGER_VERSION_NEWER/);
  });

  it("tells a tear from a line feed whose bit flipped", () => {
    const frame = encodeFrame('{"a":1}');
    writeFileSync(path, Buffer.concat([encodeHeader(header), frame.subarray(0, -3)]));
    expect(scanSegment(path)).toMatchObject({ tailIsWhole: false });
    frame[frame.length - 1] = 2;
    writeFileSync(path, Buffer.concat([encodeHeader(header), frame]));
    expect(scanSegment(path)).toMatchObject({ tailIsWhole: true });
  });
});
