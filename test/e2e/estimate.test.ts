/** `purser estimate` as a process: what it prints, and what it says of designs that cannot be. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PURSER_SOURCE } from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-estimate-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(words: readonly string[], input = "") {
  return runCommand(process.execPath, [PURSER_SOURCE, "estimate", ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    input,
  });
}

const ON = ["--at", "2026-11-25"];
const DESIGN = `model: claude-sonnet-5-5
workloads:
  - name: chat
    systemPrompt: 2000
    message: { median: 80, p95: 400 }
    response: { mean: 300, deviation: 150 }
    turns: { values: [1, 3, 8], weights: [5, 3, 2] }
    cache: 5m
    volume: { users: 5000, conversationsPerUser: 0.3, arrivals: random }
`;

describe("purser estimate", () => {
  it("purser estimate prints every table, the same for the same seed", async () => {
    writeFileSync(join(folder, "design.yaml"), DESIGN);
    const first = await run(["design.yaml", ...ON]);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/a month {2}\$[\d,.]+ {2}\(\$[\d,.]+ to \$[\d,.]+, 90 in 100\)/);
    expect(first.stdout).toContain("claude-opus-5-5");
    expect(first.stdout).toContain("claude-haiku-4-5-20251001 ~");
    expect(first.stdout).toContain("response length");
    expect(first.stdout).toMatch(/chat: cheapest: claude-haiku-5-5/);
    const second = await run(["design.yaml", ...ON]);
    expect(second.stdout).toBe(first.stdout);
  });

  it("purser estimate takes a design in flags, and gives exact decimals as JSON", async () => {
    const flags = ["--model", "claude-haiku-5-5", "--system-tokens", "2000"];
    const sizes = ["--input-tokens", "200", "--output-tokens", "300", "--calls-per-day", "1000000"];
    const { stdout, stderr } = await run([...flags, ...sizes, ...ON, "--json"]);
    const answer = JSON.parse(stdout || stderr);
    expect(answer.day).toEqual({ usd: "370", interval: null });
    expect(answer.year).toEqual({ usd: "135050", interval: null });
    expect(
      answer.drivers.map(({ part, usd }: { part: string; usd: string }) => [part, usd]),
    ).toEqual([
      ["system", "6083.333333333333"],
      ["output", "4562.5"],
      ["message", "608.333333333334"],
    ]);
  });

  const WORKLOAD = "workloads:\n  - name: a\n    response: 100\n    volume: { callsPerDay: 10 }\n";
  it.each([
    [
      "an output above the model's limit",
      `${WORKLOAD}    maxTokens: 200000\n`,
      "DESIGN_IMPOSSIBLE",
      "design.yaml:5:16 (workloads[0].maxTokens)",
    ],
    [
      "a context that cannot fit at a turn",
      `${WORKLOAD}    message: 30000\n    turns: 40\n`,
      "DESIGN_IMPOSSIBLE",
      "design.yaml:6:12 (workloads[0].turns)",
    ],
    [
      "a batch with a three-second need",
      `${WORKLOAD}    latency: 3s\n    batch: true\n`,
      "DESIGN_IMPOSSIBLE",
      "design.yaml:6:12 (workloads[0].batch)",
    ],
    ["a negative size", `${WORKLOAD}    message: -5\n`, "DESIGN_INVALID", "design.yaml:5:14"],
    [
      "an unknown key",
      `${WORKLOAD}    sytemPrompt: 5\n`,
      "DESIGN_INVALID",
      'Did you mean "systemPrompt"?',
    ],
    [
      "an unknown model",
      `model: claude-opus-5-6\n${WORKLOAD}`,
      "MODEL_UNKNOWN",
      "Did you mean claude-opus-5",
    ],
    ["a tab", "workloads:\n\t- name: a\n", "DESIGN_UNREADABLE", "design.yaml:2"],
    [
      "no volume",
      "workloads:\n  - name: a\n    response: 100\n    volume: {}\n",
      "DESIGN_INVALID",
      "callsPerDay",
    ],
  ])("purser estimate refuses %s at its place", async (_, text, code, said) => {
    writeFileSync(join(folder, "design.yaml"), text);
    const { code: exit, stdout, stderr } = await run(["design.yaml", ...ON]);
    expect(stdout).toBe("");
    expect(stderr).toContain(code);
    expect(stderr).toContain(said);
    expect(exit).not.toBe(0);
  });

  it("purser estimate says at which turn a context no longer fits", async () => {
    writeFileSync(join(folder, "design.yaml"), `${WORKLOAD}    message: 30000\n    turns: 40\n`);
    const { stderr } = await run(["design.yaml", ...ON]);
    // 30,100 more each turn: 34 messages and 33 answers fill a million.
    expect(stderr).toContain("at turn 34 the prompt has 1023300 tokens");
  });
});
