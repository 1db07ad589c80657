import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLedgerReader } from "../index.ts";
import { type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { contractEntries } from "../ledger-reader.contract.ts";
import { openEngine } from "./engine-client.ts";

const QUESTION = { since: null, until: null, by: ["model"], where: [], top: null } as const;
const FACE = new URL("../index.ts", import.meta.url).href;

describe("openEngine", () => {
  let bed: LedgerBed;
  beforeEach(async () => {
    bed = await makeLedgerBed();
    await bed.write(contractEntries(1));
  });
  afterEach(async () => bed.close());

  it("interrupts a question that takes too long, and answers the next", async () => {
    const engine = openEngine({ directory: bed.path, exportFolder: null });
    await engine.call("spend", QUESTION, 30_000);
    // More than run at the same time: the last of them cannot begin within its millisecond.
    const all = Array.from({ length: 30 }, () => engine.call("spend", QUESTION, 1));
    const results = await Promise.allSettled(all);
    expect(results.at(-1)).toMatchObject({ reason: { code: "LEDGER_QUERY_TIMEOUT" } });
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason.code).toBe("LEDGER_QUERY_TIMEOUT");
    }
    const answer = await engine.call("spend", QUESTION, 30_000);
    expect(answer.total.exchanges).toBe(120);
    await engine.close();
  });

  it("takes no answer after its time, also while the engine is still starting", async () => {
    const engine = openEngine({ directory: bed.path, exportFolder: null });
    // The process takes far longer to start than this.
    const late = engine.call("span", null, 1);
    await expect(late).rejects.toMatchObject({ code: "LEDGER_QUERY_TIMEOUT" });
    await engine.close();
  });

  it("refuses more questions than its limit at once", async () => {
    const engine = openEngine({ directory: bed.path, exportFolder: null });
    const all = Array.from({ length: 80 }, () => engine.call("span", null, 30_000));
    const results = await Promise.allSettled(all);
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(80 - 64);
    expect(refused[0]).toMatchObject({ reason: { code: "LEDGER_BUSY" } });
    await engine.close();
  });

  it("starts again after its process was killed", async () => {
    const reader = await openLedgerReader({ directory: bed.path });
    const [child] = await childrenAfter(() => reader.spend(QUESTION));
    process.kill(child ?? 0, "SIGKILL");
    await expect
      .poll(
        () =>
          reader.spend(QUESTION).then(
            () => "answered",
            (error) => error.code,
          ),
        { timeout: 20_000 },
      )
      .toBe("answered");
    await reader.close();
  });

  it("ends with the process that started it, however that one ends", async () => {
    const program = `
const { openLedgerReader } = await import(${JSON.stringify(FACE)});
const reader = await openLedgerReader({ directory: process.argv[1] });
await reader.span();
console.log("ready");
setInterval(() => reader, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program, bed.path]);
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    const [engine] = childrenOf(parent.pid ?? 0);
    expect(engine).toBeGreaterThan(0);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(engine ?? 0), { timeout: 10_000 }).toBe(false);
  });
});

async function childrenAfter(work: () => Promise<unknown>): Promise<readonly number[]> {
  const before = new Set(childrenOf(process.pid));
  await work();
  return childrenOf(process.pid).filter((pid) => !before.has(pid));
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** A process that has ended and was not waited for is dead too. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
