import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { picoUsd } from "../../../base/index.ts";
import type { LedgerEntry } from "../../contracts/index.ts";
import { decodeEntry } from "../entries/index.ts";
import { encodeHeader, JOURNAL_VERSION, scanSegment } from "../journal/index.ts";
import {
  FIXED_CLOCK,
  scratchDirectory,
  scratchFolder,
  writeEntry,
} from "../ledger-bed.contract.ts";
import { sampleOpened, sampleSettled } from "../sample-entries.contract.ts";
import { openLedgerWriter, type RecoveringLedgerWriter } from "./open-writer.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = scratchFolder();
  folders.push(folder);
  return folder;
}

function open(path: string): Promise<RecoveringLedgerWriter> {
  return openLedgerWriter({ directory: scratchDirectory(path), clock: FIXED_CLOCK });
}

function journalOf(path: string): string {
  const folder = join(path, "ledger", "journal");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".journal"))
    .sort();
  return join(folder, names.at(-1) ?? "");
}

function entriesOf(path: string): readonly LedgerEntry[] {
  return scanSegment(journalOf(path)).lines.flatMap(({ json }) => {
    const decoded = decodeEntry(json);
    return decoded.kind === "entry" ? [decoded.entry] : [];
  });
}

/** Three exchanges, opened and settled in turn. */
const ENTRIES: readonly LedgerEntry[] = [0, 1, 2].flatMap((index) => {
  const opened = sampleOpened(index, 3);
  return [opened, sampleSettled(opened, 3)];
});

async function filled(): Promise<string> {
  const path = newFolder();
  const writer = await open(path);
  for (const entry of ENTRIES) await writeEntry(writer, entry);
  await writer.close();
  return path;
}

describe("openLedgerWriter", () => {
  it("reads back what it wrote, entry for entry", async () => {
    expect(entriesOf(await filled())).toEqual(ENTRIES);
  });

  it("recovers from a tear wherever it is: whole entries stay, and open ones are settled as lost", async () => {
    const source = journalOf(await filled());
    const bytes = readFileSync(source);
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
    const path = newFolder();
    mkdirSync(join(path, "ledger", "journal"), { recursive: true });
    const target = join(path, "ledger", "journal", "00000001.journal");
    for (let length = 0; length <= bytes.length; length += length < 130 ? 1 : 23) {
      writeFileSync(target, bytes.subarray(0, length));
      const writer = await open(path);
      await writer.close();
      const whole = Math.max(0, ends.filter((at) => at < length).length - 1);
      const kept = entriesOf(path);
      expect(kept.slice(0, whole)).toEqual(ENTRIES.slice(0, whole));
      const lost = kept.slice(whole);
      expect(lost).toHaveLength(whole % 2);
      for (const entry of lost) expect(entry).toMatchObject({ kind: "settled", outcome: "lost" });
      const isTorn = length > 0 && !ends.includes(length - 1);
      expect(writer.recovered.some(({ code }) => code === "torn-tail")).toBe(isTorn);
    }
  });

  it("charges a lost exchange its worst case, as an estimate and nothing measured", async () => {
    const path = newFolder();
    const first = await open(path);
    const opened = { ...sampleOpened(1, 1), worstCase: worst(18_360_000_000n) };
    const unbounded = { ...sampleOpened(2, 1), worstCase: worst(null) };
    await first.open(opened);
    await first.open(unbounded);
    await first.close();
    const second = await open(path);
    await second.close();
    expect(second.recovered.map(({ code }) => code)).toEqual(["lost", "lost"]);
    const [one, other] = entriesOf(path).slice(2);
    expect(one).toMatchObject({
      exchange: opened.exchange,
      outcome: "lost",
      measured: null,
      estimated: { total: 18_360_000_000n },
    });
    expect(other).toMatchObject({ outcome: "lost", measured: null, estimated: null });
    const third = await open(path);
    await third.close();
    expect(third.recovered).toEqual([]);
  });

  it("keeps everything after a flipped bit in the middle, and tells of it", async () => {
    const path = await filled();
    const file = journalOf(path);
    const bytes = readFileSync(file);
    const second = scanSegment(file).lines[1];
    const at = (second?.offset ?? 0) + 40;
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(file, bytes);
    const writer = await open(path);
    await writer.close();
    expect(writer.recovered[0]).toMatchObject({
      code: "checksum-mismatch",
      offset: second?.offset,
    });
    const kept = entriesOf(path);
    expect(kept.slice(0, 5)).toEqual(ENTRIES.filter((_, index) => index !== 1));
    expect(kept[5]).toMatchObject({ exchange: ENTRIES[0]?.exchange, outcome: "lost" });
  });

  it("restores a last line feed whose bit flipped, and loses nothing", async () => {
    const path = await filled();
    const file = journalOf(path);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = 10 ^ 16;
    writeFileSync(file, bytes);
    const writer = await open(path);
    await writer.close();
    expect(entriesOf(path)).toEqual(ENTRIES);
    expect(writer.recovered.map(({ code }) => code)).toEqual(["torn-tail"]);
  });

  it("refuses a journal of a newer format and changes nothing", async () => {
    const path = await filled();
    const header = { journal: JOURNAL_VERSION + 1, installation: "x", segment: 2 };
    const file = join(path, "ledger", "journal", "00000002.journal");
    writeFileSync(file, encodeHeader(header));
    await expect(open(path)).rejects.toMatchObject({ code: "LEDGER_VERSION_NEWER" });
    expect(readFileSync(file)).toEqual(encodeHeader(header));
  });

  it("does not append to the journal of another installation", async () => {
    const path = await filled();
    const other = newFolder();
    mkdirSync(join(other, "ledger", "journal"), { recursive: true });
    copyFileSync(journalOf(path), join(other, "ledger", "journal", "00000001.journal"));
    const directory = { ...scratchDirectory(other), installation: "fedcba9876543210" };
    const writer = await openLedgerWriter({ directory, clock: FIXED_CLOCK });
    expect(writer.segment()).toBe(2);
    await writer.close();
  });

  it("refuses an entry whose lines do not sum to its total, before anything is written", async () => {
    const path = newFolder();
    const writer = await open(path);
    const settled = ENTRIES.find((entry) => entry.kind === "settled" && entry.measured !== null);
    if (settled?.kind !== "settled" || settled.measured === null) throw new Error("no sample");
    const wrong = { ...settled.measured, total: picoUsd(settled.measured.total + 1n) };
    await expect(writer.settle({ ...settled, measured: wrong })).rejects.toThrow(
      /sum to its total/,
    );
    await writer.close();
    expect(entriesOf(path)).toEqual([]);
  });

  it("says which folder it may not write to", async () => {
    const path = newFolder();
    writeFileSync(join(path, "ledger"), "a file in the way");
    await expect(open(path)).rejects.toMatchObject({ code: "LEDGER_FORBIDDEN" });
  });
});

function worst(amount: bigint | null): ReturnType<typeof sampleOpened>["worstCase"] {
  return { ...sampleOpened(0, 0).worstCase, amount: amount === null ? null : picoUsd(amount) };
}
