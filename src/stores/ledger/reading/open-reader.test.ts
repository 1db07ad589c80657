import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { openLedgerReader } from "./open-reader.ts";

const FACE = new URL("./open-reader.ts", import.meta.url).href;

/** Opens the ledger of its argument as a user without rights, and says what came of it. */
const AS_NOBODY = `
const { openLedgerReader } = await import(${JSON.stringify(FACE)});
process.setgroups([]); process.setgid(65534); process.setuid(65534);
await openLedgerReader({ directory: process.argv[1] }).then(
  () => console.log("opened"),
  (error) => console.log(error.code, error.where));`;

describe("openLedgerReader", () => {
  let bed: LedgerBed;
  beforeEach(async () => {
    bed = await makeLedgerBed();
  });
  afterEach(async () => bed.close());

  it("says that there is no ledger where there is none", async () => {
    const directory = join(bed.path, "nowhere");
    const opened = openLedgerReader({ directory });
    await expect(opened).rejects.toMatchObject({ code: "LEDGER_NOT_FOUND", where: directory });
  });

  // The rights of a file do not bind root, and only root can become somebody else.
  it.skipIf(process.getuid?.() !== 0)(
    "says that it may not read, where there is a ledger that it may not see (needs root)",
    () => {
      const asNobody = ["--input-type=module", "-e", AS_NOBODY, bed.path];
      const hidden = spawnSync(process.execPath, asNobody, { encoding: "utf8" });
      expect(hidden.stdout.trim(), hidden.stderr).toBe(`LEDGER_FORBIDDEN ${bed.path}`);
      chmodSync(bed.path, 0o755);
      chmodSync(join(bed.path, "ledger"), 0o755);
      chmodSync(join(bed.path, "ledger", "journal"), 0o700);
      const closed = spawnSync(process.execPath, asNobody, { encoding: "utf8" });
      expect(closed.stdout.trim(), closed.stderr).toBe(`LEDGER_FORBIDDEN ${bed.path}`);
    },
  );
});

describe("the ledger's face", () => {
  it("loads no DuckDB into the process that carries traffic, which would hold its memory", () => {
    const face = new URL("../index.ts", import.meta.url).href;
    const engine = new URL("../database/index.ts", import.meta.url).href;
    const loads = (module: string): boolean => {
      const code =
        `await import(${JSON.stringify(module)});` +
        "const { sharedObjects } = process.report.getReport();" +
        "console.log(sharedObjects.some((path) => path.includes('duckdb')));";
      const words = ["--input-type=module", "--eval", code];
      return spawnSync(process.execPath, words, { encoding: "utf8" }).stdout.trim() === "true";
    };
    expect(loads(engine)).toBe(true);
    expect(loads(face)).toBe(false);
  });
});
