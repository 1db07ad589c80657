import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instant } from "../../base/index.ts";
import type { DataDirectory } from "../contracts/index.ts";
import { openDataDirectory, readHolder } from "./index.ts";

const FACE = new URL("./index.ts", import.meta.url).href;
const clock = { now: () => instant(1_800_000_000_000), monotonicMs: () => 0 };
const fillRandom = (bytes: Uint8Array): void => {
  crypto.getRandomValues(bytes);
};

/** A program that opens the directory given as its argument, says so, and stays. */
const HOLDER_PROGRAM = `
const { openDataDirectory } = await import(${JSON.stringify(FACE)});
const clock = { now: () => 1800000000000, monotonicMs: () => 0 };
const fillRandom = (bytes) => crypto.getRandomValues(bytes);
const held = openDataDirectory({ path: process.argv[1], clock, fillRandom });
held.announce("http://127.0.0.1:4141");
console.log("held");
setInterval(() => held, 1000);`;

describe("openDataDirectory", () => {
  let scratch: string;
  let path: string;
  const opened: DataDirectory[] = [];
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "purser-data-"));
    path = join(scratch, "deep", "data");
  });
  afterEach(() => {
    for (const directory of opened.splice(0)) directory.release();
    rmSync(scratch, { recursive: true, force: true });
  });
  const open = (): DataDirectory => {
    const directory = openDataDirectory({ path, clock, fillRandom });
    opened.push(directory);
    return directory;
  };

  it("makes a directory that its owner alone may enter, with a secret that its owner alone may read", () => {
    const { installation, secret } = open();
    expect(installation).toMatch(/^[0-9a-f]{32}$/);
    expect(secret).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "installation.json")).mode & 0o777).toBe(0o600);
  });

  it("is the same installation when it is opened again", () => {
    const first = open();
    first.release();
    const second = open();
    expect(second.installation).toBe(first.installation);
    expect(second.secret).toEqual(first.secret);
  });

  it("refuses a second holder in the same process and names it", () => {
    open().announce("http://127.0.0.1:4141");
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_LOCKED" }));
    expect(open).toThrow(new RegExp(`process ${process.pid}, .*http://127.0.0.1:4141`));
  });

  it("refuses while another process holds it, and opens once that one was killed", async () => {
    mkdirSync(path, { recursive: true });
    const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER_PROGRAM, path]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_LOCKED" }));
    expect(readHolder(path)).toMatchObject({ pid: child.pid, gateway: "http://127.0.0.1:4141" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(open().path).toBe(path);
  });

  it("refuses a directory of a newer format", () => {
    open().release();
    const file = join(path, "installation.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"version": 1', '"version": 2'));
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_VERSION_NEWER" }));
  });

  it("refuses a secret in which a bit has flipped, and lets go of the lock", () => {
    open().release();
    const file = join(path, "installation.json");
    const text = readFileSync(file, "utf8");
    const secret = /"secret": "(.)/.exec(text)?.[1] ?? "";
    const other = secret === "0" ? "1" : "0";
    writeFileSync(file, text.replace(`"secret": "${secret}`, `"secret": "${other}`));
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED", where: file }));
    writeFileSync(file, text);
    expect(open().path).toBe(path);
  });

  it("names the path when a file stands where the directory should be", () => {
    writeFileSync(join(scratch, "deep"), "");
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_FORBIDDEN", where: path }));
  });

  it.skipIf(process.getuid?.() !== 0)(
    "names the path when it may not write there (needs root)",
    () => {
      mkdirSync(path, { recursive: true });
      chmodSync(scratch, 0o755);
      const program = `process.setgid(65534); process.setuid(65534);
const { openDataDirectory } = await import(${JSON.stringify(FACE)});
const clock = { now: () => 0, monotonicMs: () => 0 };
try { openDataDirectory({ path: process.argv[1], clock, fillRandom: () => undefined }); }
catch (error) { console.log(error.code, error.where); }`;
      const asNobody = ["--input-type=module", "-e", program, path];
      const { stdout } = spawnSync(process.execPath, asNobody, { encoding: "utf8" });
      expect(stdout.trim()).toBe(`LEDGER_FORBIDDEN ${path}`);
    },
  );

  it("leaves the permissions of a folder alone that holds other things", () => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o755);
    writeFileSync(join(path, "other.txt"), "");
    open();
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });
});
