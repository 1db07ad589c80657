import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../contracts/index.ts";
import { lockCompaction } from "../compaction-lock.ts";
import { ledgerLayout } from "../layout.ts";
import { type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { contractEntries } from "../ledger-reader.contract.ts";
import { ExpectedLedger } from "../sample-entries.contract.ts";
import type { CompactionStep } from "./compact.ts";

const DIES = fileURLToPath(new URL("./die-in-compaction.contract.ts", import.meta.url));
const QUESTION = { since: null, until: null, by: [], where: [], top: null } as const;
const entries = contractEntries(21);

const DEATHS: readonly (readonly [CompactionStep, number])[] = [
  ["part-written", 1],
  ["carried-written", 2],
  ["manifest-written", 1],
  ["segments-removed", 8],
  ["merge-written", 1],
  ["merge-manifest-written", 1],
];

function totalsOf(some: readonly LedgerEntry[]): object {
  const expected = new ExpectedLedger();
  for (const entry of some) expected.add(entry);
  const { exchanges, measured, estimated } = expected.sums(() => true);
  return { exchanges, measuredAmount: measured, estimatedAmount: estimated };
}

describe("compactLedger", () => {
  let bed: LedgerBed;
  beforeEach(async () => {
    bed = await makeLedgerBed();
  });
  afterEach(async () => bed.close());

  /** Nine sealed segments, so that a merge follows. */
  const fill = async (): Promise<void> => {
    const size = Math.ceil(entries.length / 9);
    for (let start = 0; start < entries.length; start += size) {
      await bed.write(entries.slice(start, start + size));
      bed.writer.seal();
    }
  };
  const expectWhole = async (): Promise<void> => {
    const reader = await bed.reader();
    const { total } = await reader.spend(QUESTION);
    const byModel = await reader.spend({ ...QUESTION, by: ["model"] });
    const bySession = await reader.spend({ ...QUESTION, by: ["tag:feature"] });
    const { findings } = await reader.verify();
    await reader.close();
    expect(total).toMatchObject(totalsOf(entries));
    expect(byModel.total).toEqual(total);
    expect(bySession.total).toEqual(total);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  };

  it.each(DEATHS)("loses and doubles nothing when it dies after %s (%i)", async (step, nth) => {
    await fill();
    const before = String(bed.writer.segment());
    const died = spawnSync(process.execPath, [DIES, bed.path, before, step, String(nth)]);
    expect(died.signal, String(died.stderr)).toBe("SIGKILL");
    await expectWhole();
    await bed.maintenance.compact({ seal: true });
    await expectWhole();
    expect(bed.maintenance.isDue()).toBe(false);
  });

  it("leaves nothing behind but what the manifest names", async () => {
    await fill();
    const before = String(bed.writer.segment());
    spawnSync(process.execPath, [DIES, bed.path, before, "merge-written", "1"]);
    await bed.maintenance.compact({ seal: true });
    const manifest = readFileSync(join(bed.path, "ledger", "manifest.json"), "utf8");
    for (const name of readdirSync(join(bed.path, "ledger", "parts")))
      expect(manifest).toContain(name);
    const journal = readdirSync(join(bed.path, "ledger", "journal"));
    expect(journal.filter((name) => name.endsWith(".journal"))).toHaveLength(1);
  });

  /** One sealed segment with a flipped bit; its bytes. */
  const fillDamaged = async (): Promise<Buffer> => {
    await bed.write(entries);
    bed.writer.seal();
    const file = join(bed.path, "ledger", "journal", "00000001.journal");
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"kind":"settled"');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    return bytes;
  };
  const expectKept = async (bytes: Buffer): Promise<void> => {
    const kept = join(bed.path, "ledger", "journal", "damaged-00000001.journal");
    expect(readFileSync(kept)).toEqual(bytes);
    const reader = await bed.reader();
    const { total } = await reader.spend(QUESTION);
    await reader.close();
    expect(total.exchanges).toBe(new Set(entries.map(({ exchange }) => exchange)).size);
  };

  it("keeps a segment with damage under another name, and counts what is whole in it", async () => {
    const bytes = await fillDamaged();
    await bed.maintenance.compact();
    await expectKept(bytes);
  });

  it.each(["damaged-kept", "manifest-written", "segments-removed"] as const)(
    "keeps a segment with damage when it dies after %s",
    async (step) => {
      const bytes = await fillDamaged();
      const before = String(bed.writer.segment());
      const died = spawnSync(process.execPath, [DIES, bed.path, before, step, "1"]);
      expect(died.signal, String(died.stderr)).toBe("SIGKILL");
      await bed.maintenance.compact({ seal: true });
      await expectKept(bytes);
    },
  );

  it("does not run twice at once, whatever process asks", async () => {
    await fill();
    const unlock = lockCompaction(ledgerLayout(bed.path), 0);
    await expect(bed.maintenance.compact()).rejects.toMatchObject({ code: "LEDGER_BUSY" });
    unlock();
    expect((await bed.maintenance.compact()).segments).toBe(9);
  });

  it("answers the same while it runs", async () => {
    await fill();
    const reader = await bed.reader();
    const running = bed.maintenance.compact();
    const done = running.then(() => true);
    let answers = 0;
    while (!(await Promise.race([done, Promise.resolve(false)]))) {
      const { total } = await reader.spend({ ...QUESTION, by: ["user"] });
      expect(total).toMatchObject(totalsOf(entries));
      answers += 1;
    }
    await reader.close();
    expect(answers).toBeGreaterThan(0);
  });
});
