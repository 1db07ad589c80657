/**
 * `npm run bench:batch-file [-- --requests 100001 --bytes 2550]`
 *
 * A large file by `purser batch submit`, through a real gateway to the simulator: how many batches it makes,
 * how long that takes, and the most memory that the command's process held (`VmHWM` of Linux).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startSimulator } from "../../src/simulator/index.ts";
import { PURSER_SOURCE, startGatewayProcess } from "../../test/simulation/gateway-process.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100001" },
    bytes: { type: "string", default: "200" },
  },
});
const REQUESTS = Number(values.requests);
const TEXT = "a word and another ".repeat(Math.ceil(Number(values.bytes) / 19));
const LOOK_EVERY_MS = 50;

async function writeRequests(file: string): Promise<void> {
  const stream = createWriteStream(file);
  for (let index = 0; index < REQUESTS; index += 1) {
    const content = `${index} ${TEXT}`.slice(0, Number(values.bytes));
    const params = {
      ...{ model: "claude-haiku-5-5", max_tokens: 1 },
      messages: [{ role: "user", content }],
    };
    const line = `${JSON.stringify({ custom_id: `r${index}`, params })}\n`;
    if (!stream.write(line)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
}

/** Kibibytes; the last reading before the process is gone. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

async function submit(file: string, data: string, gateway: string) {
  const words = ["batch", "submit", file, "--base-url", gateway, "--data", data, "--json"];
  const child = spawn(process.execPath, [PURSER_SOURCE, ...words], {
    env: { PATH: process.env.PATH, HOME: data, PURSER_KEY: "sk-ant-bench" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let peakKib = 0;
  const timer = setInterval(async () => {
    peakKib = Math.max(peakKib, await peakOf(child.pid ?? 0));
  }, LOOK_EVERY_MS);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const [code] = await once(child, "close");
  clearInterval(timer);
  return { code, stdout, peakKib };
}

const data = await mkdtemp(join(tmpdir(), "purser-batch-file-"));
const simulator = await startSimulator({
  batchQueuedRequestsMax: 10_000_000,
  batchMs: [3_600_000, 3_600_000],
});
const gateway = await startGatewayProcess({ upstream: simulator.url, data });
try {
  const file = join(data, "requests.jsonl");
  await writeRequests(file);
  const { size } = await stat(file);
  const startMs = performance.now();
  const { code, stdout, peakKib } = await submit(file, data, gateway.ready.gateway);
  const seconds = (performance.now() - startMs) / 1_000;
  const parts = stdout === "" ? [] : JSON.parse(stdout).parts;
  const sizes = parts.map(({ requests }: { requests: number }) => requests).join(" + ");
  process.stdout.write(
    `${REQUESTS} requests, ${(size / 1e6).toFixed(0)} MB: exit ${code}, batches of ${sizes}, ` +
      `${seconds.toFixed(1)} s, at most ${(peakKib / 1024).toFixed(0)} MiB in the command\n`,
  );
} finally {
  await gateway.kill();
  await simulator.close();
  await rm(data, { recursive: true, force: true });
}
