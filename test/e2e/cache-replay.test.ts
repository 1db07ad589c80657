/** `purser cache replay` on traces of our own making: the real process, numbers worked out by hand. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PURSER_SOURCE } from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

const FIXTURES = resolve(import.meta.dirname, "../fixtures/traces");
const TINY = join(FIXTURES, "three-requests.mooncake.jsonl");
const ON = ["--at", "2026-11-22"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-replay-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;

async function replayed(words: readonly string[]): Promise<Row> {
  const { code, stdout, stderr } = await run([...words, "--json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Row;
}

function run(words: readonly string[]) {
  return runCommand(process.execPath, [PURSER_SOURCE, "cache", "replay", ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  });
}

const tiny = (policy: string, ...more: readonly string[]) =>
  replayed(["--trace", TINY, "--policy", policy, "--model", "claude-opus-5", ...ON, ...more]);

/** 1,536 tokens; a minute later 512 more; nine minutes after that the same and 100 that nobody shares. */
describe("purser cache replay of three requests", () => {
  it("purser cache replay prices automatic caching as a hand does", async () => {
    // Written 1,536, then 512, then all 2,048 anew, because five minutes are over; read 1,536 once.
    expect(await tiny("automatic")).toMatchObject({
      policy: "automatic",
      requests: 3,
      input_tokens: 100,
      cache_read_input_tokens: 1_536,
      cache_creation_input_tokens: 4_096,
      ephemeral_5m_input_tokens: 4_096,
      ephemeral_1h_input_tokens: 0,
      output_tokens: 180,
      input_token_equivalents: 4_096 * 1.25 + 1_536 * 0.1 + 100,
      usd: "0.031368",
      vs_none: Number((5_373.6 / 5_732).toFixed(6)),
      vs_bound: Number((5_373.6 / 3_069.6).toFixed(6)),
    });
  });

  it("purser cache replay gives one object a policy, and the floor without tokens of a class", async () => {
    const { policies, ...common } = await tiny("none,fixed-1h,bound");
    expect(policies).toMatchObject([
      {
        policy: "none",
        input_tokens: 5_732,
        input_token_equivalents: 5_732,
        usd: "0.03316",
        vs_none: 1,
      },
      {
        policy: "fixed-1h",
        input_tokens: 100,
        cache_read_input_tokens: 1_536 + 2_048,
        ephemeral_1h_input_tokens: 2_048,
        input_token_equivalents: 2_048 * 2 + 3_584 * 0.1 + 100,
      },
      {
        // Each block: written for five minutes, read twice (or read and kept alive); the rest is fresh.
        policy: "bound",
        input_tokens: null,
        input_token_equivalents: 2_048 * 1.45 + 100,
        vs_bound: 1,
        usd: "0.019848",
      },
    ]);
    expect(common).not.toHaveProperty("policy");
    expect(common).toMatchObject({ models: ["claude-opus-5"], problem_count: 0 });
  });

  it("purser cache replay takes assumptions, and names one that it does not know", async () => {
    const short = await tiny("automatic", "--assume", "minimum-tokens=2000");
    expect(short).toMatchObject({
      // The first prompt is too short now, so the second finds nothing.
      input_tokens: 1_536 + 100,
      ephemeral_5m_input_tokens: 4_096,
      cache_read_input_tokens: 0,
      assumptions: { "minimum-tokens": "2000", refreshes: "marked" },
    });
    const words = ["--trace", TINY, "--model", "claude-opus-5", "--assume", "refresh=longest"];
    const wrong = await run(words);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("CACHE_ASSUMPTION_UNKNOWN"),
    ]);
  });

  it("purser cache replay reads it the same from compressed files", async () => {
    const plain = await tiny("purser");
    for (const [name, bytes] of [
      ["three.gz", gzipSync(readFileSync(TINY))],
      ["three.zst", zstdCompressSync(readFileSync(TINY))],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      const words = ["--trace", file, "--policy", "purser", "--model", "claude-opus-5", ...ON];
      expect((await replayed(words)).usd).toBe(plain.usd);
    }
  });
});

describe("purser cache replay of small traces", () => {
  it.each([
    ["claude-code-like.jsonl", promptsOfConversations],
    ["mooncake-like.jsonl", promptsOfChat],
    ["azure-like.csv", promptsOfTable],
  ] as const)(
    "purser cache replay of %s keeps every token under every policy",
    async (name, promptsOf) => {
      const file = join(FIXTURES, name);
      const prompts = promptsOf(readFileSync(file, "utf8"));
      const words = ["--trace", file, "--policy", "all", "--model", "claude-opus-5-5", ...ON];
      const { policies } = await replayed(words);
      const rows = policies as readonly Record<string, number | string>[];
      const sum = prompts.reduce((all, tokens) => all + tokens, 0);
      const cost = new Map(rows.map((row) => [row.policy, Number(row.input_token_equivalents)]));
      for (const row of rows.filter(
        ({ policy }) => policy !== "bound" && policy !== "purser+keep-alive",
      )) {
        expect(row.requests).toBe(prompts.length);
        const parts = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
        expect(parts.reduce((all, part) => all + Number(row[part]), 0)).toBe(sum);
        expect(Number(row.input_token_equivalents)).toBeGreaterThanOrEqual(cost.get("bound") ?? 0);
      }
      expect(cost.get("none")).toBe(sum);
    },
  );

  it("purser cache replay charges one-shot traffic no more than sending it fresh", async () => {
    const file = join(FIXTURES, "azure-like.csv");
    const words = ["--trace", file, "--policy", "purser", "--model", "claude-opus-5-5", ...ON];
    expect((await replayed(words)).vs_none).toBe(1);
  });

  it("purser cache replay takes the step in a price by each request's own length", async () => {
    const file = join(folder, "step.csv");
    const rows = ["2023-11-16 18:17:03.9799600,150000,0", "2023-11-16 18:17:04.9799600,50000,0"];
    writeFileSync(file, `TIMESTAMP,ContextTokens,GeneratedTokens\n${rows.join("\n")}\n`);
    const words = ["--trace", file, "--policy", "none", "--model", "claude-haiku-5-5", ...ON];
    // 150,000 at $0.50 a million, and 50,000 at $0.10.
    expect((await replayed(words)).usd).toBe("0.08");
  });

  it("purser cache replay names bad lines by file and line, and takes the rest", async () => {
    const file = join(folder, "torn.jsonl");
    const [first, second, third] = readFileSync(TINY, "utf8").split("\n");
    writeFileSync(
      file,
      ["{torn", first, "", '{"timestamp":1}', second, third?.slice(0, 20)].join("\n"),
    );
    const words = ["--trace", file, "--policy", "none", "--model", "claude-opus-5", ...ON];
    expect(await replayed(words)).toMatchObject({
      requests: 2,
      problem_count: 3,
      problems: [
        { file, line: 1 },
        { file, line: 4 },
        { file, line: 6 },
      ],
    });
  });

  it("purser cache replay refuses what is no trace, and lists what it reads", async () => {
    const file = join(folder, "other.txt");
    writeFileSync(file, "nothing of the kind\n");
    const words = ["--trace", file, "--model", "claude-opus-5"];
    const { code, stderr } = await run(words);
    expect([code, stderr]).toEqual([2, expect.stringContaining("TRACE_FORMAT_UNKNOWN")]);
    for (const name of ["Claude Code", "Mooncake", "Azure"]) expect(stderr).toContain(name);
    const missing = await run(["--trace", join(folder, "missing"), "--model", "claude-opus-5"]);
    expect(missing.stderr).toContain("TRACE_FILE_UNREADABLE");
    const both = await run(["--trace", file, "--model", "claude-opus-5", "--ledger"]);
    expect(both.stderr).toContain("CACHE_SOURCE_AMBIGUOUS");
    const unnamed = await run(["--trace", TINY]);
    expect(unnamed.stderr).toContain("CACHE_MODEL_MISSING");
  });

  it("purser cache replay shows a table to people", async () => {
    const words = [
      "--trace",
      TINY,
      "--policy",
      "none,automatic",
      "--model",
      "claude-opus-5",
      ...ON,
    ];
    const { code, stdout } = await run(words);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^automatic +\$0\.0314 +0\.9375 +1\.7506/m),
    ]);
  });
});

type Call = { readonly in?: number; readonly requests?: readonly Call[] };

function promptsOfConversations(text: string): readonly number[] {
  const callsOf = (call: Call): readonly number[] =>
    call.requests?.flatMap(callsOf) ?? [call.in ?? 0];
  return text
    .trim()
    .split("\n")
    .flatMap((line) => callsOf(JSON.parse(line) as Call));
}

function promptsOfChat(text: string): readonly number[] {
  return text
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly input_length: number }).input_length);
}

function promptsOfTable(text: string): readonly number[] {
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => Number(line.split(",")[1]));
}
