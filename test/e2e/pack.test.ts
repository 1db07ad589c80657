/** The published package: small, complete without the clone, and running where nothing else is. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReadyLine } from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKED_BYTES_MAX = 1_500_000;
const INSTALL_TIMEOUT_MS = 240_000;
const TEST_TIMEOUT_MS = 120_000;
const REGISTRY_UNREACHABLE =
  /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NOTCACHED|HOSTUNREACH)/;

type Manifest = { readonly version: string; readonly exports: unknown };
type Packed = { readonly filename: string; readonly files: readonly { readonly path: string }[] };

let scratch = "";
let project = "";
let packed: Packed = { filename: "", files: [] };
/** Why the package could not be installed here; `null` when it was. */
let skipReason: string | null = null;

/** Where packages come from; the rest of npm's settings are about the npm that runs these tests. */
const NPM_SETTINGS_KEPT = /^npm_config_(registry|cache|userconfig|globalconfig|cafile|.*proxy)$/i;

function cleanEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD|NODE_OPTIONS|VITEST)/.test(name) || NPM_SETTINGS_KEPT.test(name),
  );
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`;
  return { ...Object.fromEntries(inherited), PATH: path };
}

const env = cleanEnvironment();
const inProject = (args: readonly string[], input = "") =>
  runCommand("npx", ["--no-install", ...args], { cwd: project, env, input });

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}

async function install(): Promise<void> {
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const tarball = join(scratch, packed.filename);
  const done = await runCommand("npm", ["install", tarball, ...flags], {
    cwd: project,
    env,
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  if (done.code === 0) return;
  if (!REGISTRY_UNREACHABLE.test(done.stderr)) throw new Error(`npm install: ${done.stderr}`);
  skipReason = "the npm registry cannot be reached";
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "purser-pack-"));
  project = await mkdtemp(join(tmpdir(), "purser-pack-project-"));
  await writeFile(join(project, "package.json"), '{"private":true,"type":"module"}\n');
  const pack = await runCommand("npm", ["pack", "--json", "--pack-destination", scratch], {
    cwd: ROOT,
    env,
  });
  if (pack.code !== 0) throw new Error(`npm pack: ${pack.stderr}`);
  packed = JSON.parse(pack.stdout)[0];
  await install();
}, INSTALL_TIMEOUT_MS);

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});

describe("the package", { timeout: TEST_TIMEOUT_MS }, () => {
  it("the package is small and holds only what runs", async () => {
    const { size } = await stat(join(scratch, packed.filename));
    expect(size).toBeLessThan(PACKED_BYTES_MAX);
    const strays = packed.files
      .map((file) => file.path)
      .filter(
        (path) =>
          !/^(dist\/.*\.(js|d\.ts)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(path),
      );
    expect(strays).toEqual([]);
  });

  it("the package exports the simulator, the checking of webhooks and its manifest, nothing else", async () => {
    expect((await readManifest(ROOT)).exports).toEqual({
      "./simulator": {
        types: "./dist/simulator/index.d.ts",
        default: "./dist/simulator/index.js",
      },
      "./webhooks": {
        types: "./dist/services/alerts/webhook-signature.d.ts",
        default: "./dist/services/alerts/webhook-signature.js",
      },
      "./package.json": "./package.json",
    });
  });

  it("the package says its version", async (context) => {
    if (skipReason !== null) return context.skip(skipReason);
    const { version } = await readManifest(ROOT);
    const { code, stdout } = await inProject(["purser", "--version"]);
    expect({ code, says: stdout.includes(version) }).toEqual({ code: 0, says: true });
  });

  it("the package prices a response", async (context) => {
    if (skipReason !== null) return context.skip(skipReason);
    const message = {
      type: "message",
      model: "claude-opus-5-5",
      usage: { input_tokens: 1_000, output_tokens: 100 },
    };
    const flags = ["purser", "cost", "--at", "2026-11-20", "--json"];
    const { code, stdout } = await inProject(flags, JSON.stringify(message));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total_usd: "0.006" });
  });

  it("the package starts the gateway and stops it in order", async (context) => {
    if (skipReason !== null) return context.skip(skipReason);
    const bin = join(project, "node_modules", ".bin", "purser");
    const ports = ["--port", "0", "--control-port", "0"];
    const target = ["--data", join(project, "data"), "--upstream", "http://127.0.0.1:9"];
    const child = spawn(bin, ["up", "--json", ...ports, ...target], {
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = once(child, "exit");
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const { gateway } = parseReadyLine(String(line));
    const answer = await fetch(`${gateway}/v1/messages`, CALL);
    child.kill("SIGTERM");
    const [code] = await exited;
    expect({ code, status: answer.status }).toEqual({ code: 0, status: 502 });
  });

  it("the package reports what its gateway wrote", async (context) => {
    if (skipReason !== null) return context.skip(skipReason);
    const flags = ["report", "--by", "outcome", "--json", "--data", join(project, "data")];
    const { code, stdout } = await inProject(["purser", ...flags]);
    expect(code).toBe(0);
    const rows = [{ group: { outcome: "upstream-unreachable" }, exchanges: 1 }];
    expect(JSON.parse(stdout)).toMatchObject({ rows });
  });

  it("the package's simulator answers a call", async (context) => {
    if (skipReason !== null) return context.skip(skipReason);
    const script = join(project, "simulate.mjs");
    await writeFile(script, SIMULATE);
    const { stdout, stderr } = await runCommand(process.execPath, [script], { cwd: project, env });
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: "200 message", stderr: "" });
  });
});

const CALL = {
  method: "POST",
  headers: {
    "content-type": "application/json",
    "anthropic-version": "2026-10-21",
    "x-api-key": "any",
  },
  body: JSON.stringify({
    model: "claude-opus-5-5",
    max_tokens: 20,
    messages: [{ role: "user", content: "Hello" }],
  }),
};

const SIMULATE = `
import { startSimulator } from "purser/simulator";
const simulator = await startSimulator({ port: 0, seed: 1 });
const response = await fetch(simulator.url + "/v1/messages", ${JSON.stringify(CALL)});
console.log(response.status, (await response.json()).type);
await simulator.close();
`;
