/** `npm start` as its script runs it: the demo, its bill on stdout, its talk on stderr. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, runCommand } from "./run-command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START = join(ROOT, "tools", "start.mjs");
const TEST_TIMEOUT_MS = 180_000;

let scratch = "";

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "purser-start-"));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

const start = (flags: readonly string[]): Promise<CommandResult> =>
  runCommand(process.execPath, [START, ...flags], { cwd: ROOT });

describe("npm start", { timeout: TEST_TIMEOUT_MS }, () => {
  it("npm start shows the whole bill of a day and ends", async () => {
    const { code, stdout, stderr } = await start(["--once", "--data", join(scratch, "day")]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const headings = ["By kind of token", "By endpoint", "By model", "By user", "By hour, UTC"];
    for (const heading of headings) expect(stdout).toContain(heading);
    expect(stdout).toMatch(/call types make \d+% of the spend/);
    expect(stdout).toMatch(/How they ended: .*client-left.*upstream-error/);
    expect(stdout).toContain("is the simulator's own invoice to the picodollar");
    expect(stdout).toContain("Where to look next");
    expect(stderr).toContain("answered");
  });

  it("npm start refuses a directory that holds a ledger already", async () => {
    const { code, stderr } = await start(["--once", "--data", join(scratch, "day")]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("holds a ledger already");
  });

  it("npm start ends in order when it is told to stop in the middle of the day", async () => {
    const flags = [START, "--data", join(scratch, "stopped")];
    const child = spawn(process.execPath, flags, { stdio: ["ignore", "ignore", "pipe"] });
    const exited = once(child, "exit");
    await once(createInterface({ input: child.stderr }), "line");
    child.stderr.resume();
    child.kill("SIGINT");
    const [code] = await exited;
    expect(code).toBe(130);
  });
});
