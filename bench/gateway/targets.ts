/** What is measured: each target is a process of its own, pinned to the gateway's core. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What stands between a client and the API, in the comparison with others. */
export const PEER_NAMES = ["direct", "bare", "bare+json", "purser", "portkey"] as const;
/** Purser with ten budgets on every call, in the comparison with itself. */
export const TARGET_NAMES = [...PEER_NAMES, "purser+budgets"] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

export type Target = {
  readonly name: TargetName;
  readonly port: number;
  /** `null` for `direct`, which has no process in between. */
  readonly pid: number | null;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly stop: () => void;
};

export const GATEWAY_CORE = 0;
export const LOAD_CORE = 1;
/** As Purser's own command starts it; the bare forwarders get the same, so that they differ in work only. */
const NODE_FLAGS = ["--max-semi-space-size=16"];
export const PORTKEY_VERSION = "1.15.2";
const CACHE_FOLDER = ".bench-cache/portkey";
const START_TIMEOUT_MS = 60_000;

/** Starts a process pinned to one core, if `taskset` is there; else unpinned, and says so once. */
export function spawnPinned(
  core: number,
  command: readonly string[],
  onStderr: "inherit" | "ignore" = "inherit",
): ChildProcess {
  const words = hasTaskset ? ["taskset", "-c", String(core), ...command] : [...command];
  return spawn(words[0] ?? "", words.slice(1), { stdio: ["pipe", "pipe", onStderr] });
}

export const hasTaskset: boolean = (() => {
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** The first line that a process prints, as JSON. */
export function readyLine(child: ChildProcess): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error("the process did not get ready")),
      START_TIMEOUT_MS,
    );
    const fail = (): void => reject(new Error(`the process ended with ${child.exitCode}`));
    child.once("exit", fail);
    if (child.stdout === null) return fail();
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      child.off("exit", fail);
      resolve(JSON.parse(line) as Record<string, unknown>);
    });
  });
}

export async function startTarget(name: TargetName, upstreamPort: number): Promise<Target> {
  switch (name) {
    case "direct":
      return {
        name,
        port: upstreamPort,
        pid: null,
        path: "/v1/messages",
        headers: {},
        stop: () => {},
      };
    case "bare":
      return startBare(name, upstreamPort, []);
    case "bare+json":
      return startBare(name, upstreamPort, ["--parse"]);
    case "purser":
      return startPurser(name, upstreamPort, "");
    case "purser+budgets":
      return startPurser(name, upstreamPort, TEN_BUDGETS);
    case "portkey":
      return startPortkey(upstreamPort);
    default:
      return name satisfies never;
  }
}

async function startBare(
  name: TargetName,
  upstreamPort: number,
  flags: readonly string[],
): Promise<Target> {
  const script = new URL("./bare-forwarder-process.ts", import.meta.url).pathname;
  const child = spawnPinned(GATEWAY_CORE, [
    process.execPath,
    ...NODE_FLAGS,
    script,
    `http://127.0.0.1:${upstreamPort}`,
    ...flags,
  ]);
  const ready = await readyLine(child);
  return toTarget(name, child, Number(ready.port), {});
}

/** The product as it is published (built to JavaScript), with a durable ledger of its own. */
async function startPurser(
  name: TargetName,
  upstreamPort: number,
  configText: string,
): Promise<Target> {
  const data = mkdtempSync(join(tmpdir(), "purser-bench-"));
  const config = join(data, "purser.yaml");
  writeFileSync(config, configText);
  const build = new URL("../../tools/build.mjs", import.meta.url).pathname;
  execFileSync(process.execPath, [build], { stdio: "ignore" });
  const entry = new URL("../../dist/main/purser.js", import.meta.url).pathname;
  const child = spawnPinned(GATEWAY_CORE, [
    process.execPath,
    ...NODE_FLAGS,
    entry,
    "up",
    "--json",
    ...["--upstream", `http://127.0.0.1:${upstreamPort}`, "--data", data],
    ...["--port", "0", "--control-port", "0", "--config", config],
  ]);
  const ready = await readyLine(child);
  const target = toTarget(name, child, Number(new URL(String(ready.gateway)).port), {});
  child.once("exit", () => rmSync(data, { recursive: true, force: true }));
  return target;
}

/** Ten that every call falls under, none of which it exhausts: windows and units of all kinds. */
const TEN_BUDGETS = `policies:
${[
  "limit: $1000000, window: hour",
  "limit: $1000000, window: day",
  "limit: $1000000, window: week",
  "limit: $1000000, window: month, timeZone: Europe/Berlin",
  "limit: $1000000, window: rolling 24h",
  "limit: $1000000, window: lifetime",
  "limit: 1000000M tokens, window: day",
  "limit: 1000M calls, window: day",
  "limit: $1000000, window: day, per: model",
  "limit: $1000000, window: day, per: key",
]
  .map(
    (settings, index) =>
      `  - { name: budget-${index}, lever: budget, mode: apply, settings: { ${settings} } }`,
  )
  .join("\n")}
`;

/** Installs the peer on first use, beside the project and never in its lock file. */
async function startPortkey(upstreamPort: number): Promise<Target> {
  const script = join(CACHE_FOLDER, "node_modules/@portkey-ai/gateway/build/start-server.js");
  if (!existsSync(script)) {
    const name = `@portkey-ai/gateway@${PORTKEY_VERSION}`;
    execFileSync("npm", ["install", "--no-save", "--prefix", CACHE_FOLDER, name], {
      stdio: "ignore",
    });
  }
  const port = await freePort();
  const command = [process.execPath, script, `--port=${port}`, "--headless"];
  const child = spawnPinned(GATEWAY_CORE, command, "ignore");
  child.stdout?.resume();
  await untilListening(port);
  return toTarget("portkey", child, port, {
    "x-portkey-provider": "anthropic",
    "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
  });
}

function toTarget(
  name: TargetName,
  child: ChildProcess,
  port: number,
  headers: Readonly<Record<string, string>>,
): Target {
  const stop = (): void => void child.kill("SIGTERM");
  return { name, port, pid: child.pid ?? null, path: "/v1/messages", headers, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the peer did not start listening");
}

/** CPU that a process has used so far, in microseconds, all its threads together. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const ticksPerSecond = 100;
  return (ticks / ticksPerSecond) * 1_000_000;
}

/** Resident memory of a process in megabytes. */
export function residentMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) / 1024;
}
