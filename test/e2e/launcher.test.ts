/** The `purser` command of a clone, as `node_modules/.bin` holds it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";

const COMMAND = join(process.cwd(), "node_modules/.bin/purser");
/** Without the project's own folder, as in a user's shell. */
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: tmpdir() };

describe("node_modules/.bin/purser", () => {
  const folders: string[] = [];
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  const up = (data: string): { child: ChildProcess; line: Promise<string> } => {
    const ports = ["--port", "0", "--control-port", "0", "--upstream", "http://127.0.0.1:9"];
    const child = spawn(COMMAND, ["up", "--json", "--data", data, ...ports], {
      env: ENVIRONMENT,
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.push(child);
    const line = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
    });
    return { child, line };
  };

  it("purser runs from any folder and needs nothing of the shell's own Node", async () => {
    const { stdout } = await promisify(execFile)(COMMAND, ["--version"], {
      cwd: tmpdir(),
      env: ENVIRONMENT,
    });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("purser is the process that was started, so that SIGKILL ends it and lets go of the data", async () => {
    const data = mkdtempSync(join(tmpdir(), "purser-launcher-"));
    folders.push(data);
    const first = up(data);
    expect(JSON.parse(await first.line)).toHaveProperty("gateway");
    const gone = new Promise((resolve) => first.child.once("exit", resolve));
    first.child.kill("SIGKILL");
    await gone;
    const second = up(data);
    expect(JSON.parse(await second.line)).toHaveProperty("token");
  });
});
