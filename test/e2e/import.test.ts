/** An import as a user runs it: beside a gateway that carries calls, twice, and killed in the middle. */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import {
  type GatewayProcess,
  PURSER_SOURCE,
  startGatewayProcess,
} from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

let folder = "";
let simulator: Simulator;
let gateway: GatewayProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-import-e2e-"));
  mkdirSync(join(folder, "projects"));
  simulator = await startSimulator({ seed: 3 });
  gateway = await startGatewayProcess({ upstream: simulator.url, data: join(folder, "data") });
});
afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: folder });

async function purser(...words: readonly string[]) {
  const all = [PURSER_SOURCE, ...words, "--data", join(folder, "data"), "--json"];
  const { code, stdout, stderr } = await runCommand(process.execPath, all, {
    cwd: folder,
    env: environment(),
  });
  if (stdout === "") throw new Error(stderr);
  return { code, output: JSON.parse(stdout) };
}

async function bySource(): Promise<Record<string, readonly [number, string]>> {
  const { output } = await purser("report", "--by", "source");
  return Object.fromEntries(
    output.rows.map(
      (row: { group: { source: string }; exchanges: number; measured_usd: string }) => [
        row.group.source,
        [row.exchanges, row.measured_usd],
      ],
    ),
  );
}

function line(id: string, usage: object, at = "2026-11-20T10:00:00.000Z"): string {
  const message = { id, model: "claude-opus-5-5", usage, stop_reason: "end_turn" };
  return `${JSON.stringify({ type: "assistant", timestamp: at, sessionId: "s", message })}\n`;
}

const USAGE = { input_tokens: 1_000, output_tokens: 100 };

describe("purser import", () => {
  it("purser import adds beside a running gateway what it did not carry, and nothing twice", async () => {
    const client = new Anthropic({ apiKey: "sk-ant-test", baseURL: gateway.ready.gateway });
    const content = "How much is the fish?";
    const ask = () =>
      client.messages.create({
        model: "claude-opus-5-5",
        max_tokens: 20,
        messages: [{ role: "user", content }],
      });
    const carried = [await ask(), await ask()];
    const billed = (await bySource()).gateway;
    const lines = carried.map(({ id, usage }) => line(id, usage));
    const own = [line("msg_a", USAGE), line("msg_b", USAGE), line("msg_b", USAGE)];
    writeFileSync(join(folder, "projects", "a.jsonl"), [...lines, ...own].join(""));
    const first = await purser("import", "claude-code", "projects");
    expect(first).toMatchObject({
      code: 0,
      output: { records: 5, ledger: { added: 2, counted_elsewhere: 2 } },
    });
    const after = { gateway: billed, "claude-code": [2, "0.012"] };
    expect(await bySource()).toEqual(after);
    const again = await purser("import", "claude-code", "projects");
    expect(again.output.ledger).toMatchObject({ added: 0, unchanged: 2, counted_elsewhere: 2 });
    await ask();
    expect(await bySource()).toMatchObject({
      gateway: [3, expect.any(String)],
      "claude-code": [2, "0.012"],
    });
    expect((await purser("ledger", "verify")).output).toMatchObject({ sound: true, exchanges: 5 });
  });

  it("purser import ends with 1 where a line did not go in, and names the line", async () => {
    writeFileSync(
      join(folder, "cut.jsonl"),
      line("msg_c", USAGE) + line("msg_d", USAGE).slice(0, 50),
    );
    const { code, output } = await purser("import", "claude-code", "cut.jsonl");
    expect(code).toBe(1);
    expect(output).toMatchObject({ records: 1, problems: [{ file: "cut.jsonl", line: 2 }] });
  });

  it("purser import leaves nothing of itself when it is killed in the middle", async () => {
    const before = await bySource();
    const many = Array.from({ length: 6_000 }, (_, at) => line(`msg_many_${at}`, USAGE));
    writeFileSync(join(folder, "many.jsonl"), many.join(""));
    const words = [
      PURSER_SOURCE,
      "import",
      "claude-code",
      "many.jsonl",
      "--data",
      join(folder, "data"),
    ];
    for (const afterMs of [700, 1_400]) {
      const child = spawn(process.execPath, words, {
        cwd: folder,
        env: environment(),
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
      await ended;
      clearTimeout(timer);
      const [count] = (await bySource())["claude-code"] ?? [0];
      // Whole or not at all, wherever the kill fell; an engine that had begun may still commit.
      expect([before["claude-code"]?.[0], 6_003]).toContain(count);
    }
    await purser("import", "claude-code", "many.jsonl");
    expect((await bySource())["claude-code"]?.[0]).toBe(6_003);
    expect((await purser("ledger", "verify")).output.sound).toBe(true);
  });

  it("purser import says what it may not enter, where this user is not root", async () => {
    mkdirSync(join(folder, "closed", "inner"), { recursive: true });
    writeFileSync(join(folder, "closed", "a.jsonl"), line("msg_e", USAGE));
    chmodSync(join(folder, "closed", "inner"), 0o000);
    const { output } = await purser("import", "claude-code", "closed", "--dry-run");
    const isRoot = process.getuid?.() === 0;
    expect(output).toMatchObject({ records: 1, ledger: null, problem_count: isRoot ? 0 : 1 });
    chmodSync(join(folder, "closed", "inner"), 0o700);
  });
});
