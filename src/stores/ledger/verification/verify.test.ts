import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomInteger, seededRandom } from "../../../base/index.ts";
import type { LedgerReader, VerifyAnswer } from "../../contracts/index.ts";
import { encodeEntry } from "../entries/index.ts";
import { encodeFrame } from "../journal/index.ts";
import { type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { contractEntries } from "../ledger-reader.contract.ts";
import { sampleCharge, sampleOpened, sampleSettled } from "../sample-entries.contract.ts";

const FLIPS_PER_FILE = 6;

describe("verify", () => {
  let bed: LedgerBed;
  let reader: LedgerReader;
  let journal: string;
  beforeAll(async () => {
    bed = await makeLedgerBed();
    const entries = contractEntries(31);
    await bed.write(entries.slice(0, 120));
    await bed.maintenance.compact({ seal: true });
    await bed.write(entries.slice(120));
    reader = await bed.reader();
    journal = join(bed.path, "ledger", "journal", "00000002.journal");
  });
  afterAll(async () => {
    await reader.close();
    await bed.close();
  });

  /** Verifies with the content of `file` changed, and puts it back. */
  const withChange = async (
    file: string,
    change: (bytes: Buffer) => Buffer,
  ): Promise<VerifyAnswer> => {
    const before = readFileSync(file);
    writeFileSync(file, change(Buffer.from(before)));
    try {
      return await reader.verify();
    } finally {
      writeFileSync(file, before);
    }
  };
  const codes = (answer: VerifyAnswer): readonly string[] =>
    answer.findings.map(({ code }) => code);

  it("finds a sound ledger sound, and counts what it checked", async () => {
    const answer = await reader.verify();
    expect(answer).toMatchObject({ sound: true, exchanges: 120 });
    expect(answer.filesChecked).toBeGreaterThan(6);
    expect(answer.entriesChecked).toBeGreaterThan(120);
  });

  it("finds a flipped bit in any file, wherever it is", async () => {
    const random = seededRandom(1);
    const root = join(bed.path, "ledger");
    const files = [
      join(root, "manifest.json"),
      journal,
      ...readdirSync(join(root, "parts")).map((name) => join(root, "parts", name)),
    ];
    for (const file of files) {
      for (let flip = 0; flip < FLIPS_PER_FILE; flip += 1) {
        const answer = await withChange(file, (bytes) => {
          const at = flip === 0 ? bytes.length - 1 : randomInteger(random, 0, bytes.length - 1);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInteger(random, 0, 7));
          return bytes;
        });
        expect(answer.sound, file).toBe(false);
        const name = file.split("/").at(-1);
        expect(answer.findings.some((finding) => finding.file === name)).toBe(true);
      }
    }
  });

  it("names the place of a damaged line", async () => {
    const offset = readFileSync(journal).indexOf("\n") + 1;
    const answer = await withChange(journal, (bytes) => {
      bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
      return bytes;
    });
    expect(answer.findings[0]).toMatchObject({
      severity: "error",
      code: "checksum-mismatch",
      file: "00000002.journal",
      offset,
    });
  });

  it("takes an unfinished last line for one that is being written", async () => {
    const answer = await withChange(journal, (bytes) =>
      Buffer.concat([bytes, Buffer.from("0123")]),
    );
    expect(answer.sound).toBe(true);
    expect(codes(answer)).toEqual(["torn-tail"]);
  });

  it("finds a missing part", async () => {
    const file = join(bed.path, "ledger", "parts", "00000001-hourly.parquet");
    const before = readFileSync(file);
    rmSync(file);
    expect(codes(await reader.verify())).toContain("file-missing");
    writeFileSync(file, before);
    truncateSync(file, before.length);
  });

  const opened = sampleOpened(500, 99);
  const measured = sampleCharge(seededRandom(1), true);
  const settled = { ...sampleSettled(opened, 99), measured };
  const wrongLines = { ...settled, measured: { ...measured, lines: measured.lines.slice(1) } };
  const wrongReport = { ...measured.reported, input_tokens: 1 };
  const wrongTokens = { ...settled, measured: { ...measured, reported: wrongReport } };
  it.each([
    ["settled-without-opened", [settled]],
    ["correction-of-unknown", [{ ...settled, kind: "corrected", reason: "x" } as const]],
    ["duplicate-exchange", [opened, opened]],
    ["duplicate-exchange", [contractEntries(31)[0] ?? opened]],
    ["settled-twice", [opened, settled, { ...settled, responseBytes: 1 }]],
    ["lines-do-not-sum", [opened, wrongLines]],
    ["prompt-tokens-do-not-sum", [opened, wrongTokens]],
  ])("finds %s", async (code, entries) => {
    const frames = entries.map((entry) => encodeFrame(encodeEntry(entry)));
    const answer = await withChange(journal, (bytes) => Buffer.concat([bytes, ...frames]));
    expect(answer.sound).toBe(false);
    expect(codes(answer)).toContain(code);
  });

  it("finds writes by lifetime above their total sound, as they are billed, and says so", async () => {
    const { cacheWrite5mTokens, cacheWrite1hTokens } = measured.usage;
    const reported = {
      ...measured.reported,
      cache_creation_input_tokens: 1,
      cache_creation: {
        ephemeral_5m_input_tokens: cacheWrite5mTokens,
        ephemeral_1h_input_tokens: cacheWrite1hTokens,
      },
    };
    const own = await makeLedgerBed();
    const again = await own.reader();
    try {
      await own.write([opened, { ...settled, measured: { ...measured, reported } }]);
      const written = await again.verify();
      expect([written.sound, codes(written)]).toEqual([true, ["cache-split-above-total"]]);
      await own.maintenance.compact({ seal: true });
      expect(await again.verify()).toMatchObject({ sound: true, exchanges: 1 });
    } finally {
      await again.close();
      await own.close();
    }
  });

  it("finds a line that is valid JSON and no entry", async () => {
    const frame = encodeFrame('{"kind":"dreamt"}');
    const answer = await withChange(journal, (bytes) => Buffer.concat([bytes, frame]));
    expect(codes(answer)).toEqual(["unknown-entry"]);
  });
});
