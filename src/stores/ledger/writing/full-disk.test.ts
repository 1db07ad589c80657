import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedgerReader } from "../index.ts";
import { FIXED_CLOCK, scratchDirectory, scratchFolder } from "../ledger-bed.contract.ts";
import { sampleOpened, sampleSettled } from "../sample-entries.contract.ts";
import { openLedgerWriter } from "./open-writer.ts";

const folder = scratchFolder();
const disk = join(folder, "disk");
mkdirSync(disk);
const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", disk]).status === 0;

describe.skipIf(!isMounted)(
  "openLedgerWriter on a full disk (skipped: no right to mount a small one)",
  () => {
    beforeAll(() => undefined);
    afterAll(() => {
      spawnSync("umount", [disk]);
      rmSync(folder, { recursive: true, force: true });
    });

    it("refuses new calls, settles those in flight, and goes on when there is space", async () => {
      const directory = scratchDirectory(disk);
      const writer = await openLedgerWriter({ directory, clock: FIXED_CLOCK, probeIntervalMs: 5 });
      const [first, second, third] = [0, 1, 2].map((index) => sampleOpened(index, 51));
      if (first === undefined || second === undefined || third === undefined) throw new Error();
      await writer.open(first);
      await writer.settle(sampleSettled(first, 1));
      await writer.open(second);
      const ballast = join(disk, "ballast");
      fill(ballast);
      await expect(openUntilRefused(writer)).rejects.toMatchObject({ code: "LEDGER_UNWRITABLE" });
      fill(join(disk, "more"));
      expect(writer.state().kind).toBe("refusing");
      rmSync(ballast);
      rmSync(join(disk, "more"));
      await expect.poll(() => writer.state().kind, { interval: 2 }).toBe("ready");
      await writer.settle(sampleSettled(second, 2));
      await writer.open(third);
      await writer.settle(sampleSettled(third, 3));
      await writer.close();
      const reader = await openLedgerReader({ directory: disk });
      const verified = await reader.verify();
      expect(verified.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      for (const { exchange } of [first, second, third]) {
        expect((await reader.exchange(exchange))?.settled).not.toBeNull();
      }
      await reader.close();
    });
  },
);

/** Writes until the disk takes no byte more. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size, 1));
      } catch {
        // Full for this size; smaller ones may still fit.
      }
    }
  } finally {
    closeSync(file);
  }
}

const OPENINGS_MAX = 20_000;

/** The last page of the journal may have room left; the reserve is not for new calls. */
async function openUntilRefused(
  writer: Awaited<ReturnType<typeof openLedgerWriter>>,
): Promise<void> {
  for (let index = 100; index < OPENINGS_MAX; index += 1) {
    await writer.open(sampleOpened(index, 51));
  }
}
