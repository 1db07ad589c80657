/** The command line as a user meets it: the real process, from the sources. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseUsd, sumPicoUsd } from "../../src/base/index.ts";
import { SCENARIO_NAMES } from "../../src/main/programs.ts";
import { SCENARIOS } from "../../src/simulator/index.ts";
import { PURSER_SOURCE } from "../simulation/gateway-process.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-cli-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Run = { readonly input?: string; readonly env?: Readonly<Record<string, string>> };

function purser(
  words: readonly string[],
  { input = "", env = {} }: Run = {},
): Promise<CommandResult> {
  const base = { PATH: process.env.PATH, HOME: folder };
  return runCommand(process.execPath, [PURSER_SOURCE, ...words], {
    cwd: folder,
    env: { ...base, ...env },
    input,
  });
}

const USAGE = '{"input_tokens":1000,"cache_read_input_tokens":4000,"output_tokens":50}';
const AT = ["--at", "2026-11-22"];

describe("purser", () => {
  it("purser --help lists every command and the exit codes on standard output", async () => {
    const { code, stdout, stderr } = await purser(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const word of [
      "up",
      "demo",
      "simulate",
      "report",
      "cost",
      "models",
      "ledger export",
      "doctor",
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${word} `, "m"));
    }
    expect(stdout).toContain("Exit codes:");
  });

  it("purser without a command is a mistake: help on standard error, exit code 2", async () => {
    const { code, stdout, stderr } = await purser([]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: purser COMMAND");
  });

  it("purser help COMMAND and COMMAND --help say the same, with examples", async () => {
    const asked = await Promise.all([purser(["help", "report"]), purser(["report", "--help"])]);
    expect(asked[0]?.stdout).toBe(asked[1]?.stdout);
    expect(asked[0]?.stdout).toContain(
      "purser report --by user --since 7d --where endpoint=chat --top 10",
    );
  });

  it.each(["ledger", "help ledger", "ledger --help"])(
    "purser %s lists what the group holds, and not the flags of the first",
    async (words) => {
      const { code, stdout } = await purser(words.split(" "));
      expect(code).toBe(0);
      const listed = [...stdout.matchAll(/^ {2}(ledger \w+) {2}/gm)].map((match) => match[1]);
      expect(listed).toEqual(["ledger tail", "ledger verify", "ledger export"]);
      expect(stdout).not.toContain("--limit");
    },
  );

  it("purser up --help says what its ports and addresses are", async () => {
    const { stdout } = await purser(["up", "--help"]);
    for (const flag of ["--port PORT", "--control-port PORT", "--host ADDRESS"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${flag} `, "m"));
    }
  });

  it("purser --version prints the package's version", async () => {
    expect((await purser(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [["modls"], "Did you mean `purser models`?"],
    [["ledger", "verfy"], "Did you mean `purser ledger verify`?"],
    [["report", "--bye", "model"], "Did you mean --by?"],
    [["report", "--by", "modle"], "Did you mean model?"],
    [["ledger", "export", "--format", "cvs"], "Did you mean csv?"],
    [["report", "--top", "many"], '"many" is not a number'],
    [["report", "--top"], "it needs a value"],
    [["report", "--since", "someday"], '"someday" is not a point in time'],
    [["report", "--where", "endpoint"], '"endpoint" is not a filter'],
    [["models", "a", "b"], "one word too many"],
    [["cost"], "the text is empty"],
    [["simulate", "--scenario", "agnet"], "Did you mean agent?"],
  ])("purser %j is refused with exit code 2 and a hint", async (words, hint) => {
    const { code, stdout, stderr } = await purser(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(hint);
  });

  it("purser names every mistake of a configuration and ends with 3", async () => {
    const file = join(folder, "bad.yaml");
    writeFileSync(file, "gateway:\n  prot: 1\ndata: 5\n");
    const { code, stderr } = await purser(["up", "--config", file]);
    expect(code).toBe(3);
    expect(stderr).toContain(
      `bad.yaml:2:3 (gateway.prot): unknown key "prot" [CONFIG_UNKNOWN_KEY]`,
    );
    expect(stderr).toContain('Did you mean "port"?');
    expect(stderr).toContain("bad.yaml:3:7 (data)");
    const asJson = await purser(["up", "--json", "--config", file]);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "CONFIG_UNKNOWN_KEY" } });
  });

  it("purser says that there is no ledger yet, and where it looked", async () => {
    const { code, stderr } = await purser(["report", "--data", join(folder, "nothing")]);
    expect(code).toBe(1);
    expect(stderr).toContain("[LEDGER_NOT_FOUND]");
  });

  it("purser uses no colour where nobody looks, and where it is told so", async () => {
    const plain = await purser(["modls"]);
    const forced = await purser(["modls"], { env: { FORCE_COLOR: "1" } });
    const both = await purser(["modls"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(plain.stderr).not.toContain("\u001b[");
    expect(forced.stderr).toContain("\u001b[31m");
    expect(both.stderr).not.toContain("\u001b[");
  });

  it("purser knows the scenarios that the simulator has", () => {
    expect(SCENARIO_NAMES).toEqual(SCENARIOS.map((scenario) => scenario.name));
  });
});

describe("purser models", () => {
  it("purser models shows one model by its alias, with every dated price", async () => {
    const { code, stdout } = await purser(["models", "claude-sonnet-5-5", "--json", ...AT]);
    const { models } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(models).toHaveLength(1);
    expect(models[0].price.usd_per_mtok).toMatchObject({
      input: "2",
      output: "10",
      cache_read: "0.1",
    });
    expect(models[0].prices.length).toBeGreaterThan(1);
    const earlier = await purser(["models", "claude-sonnet-5-5", "--json", "--at", "2026-10-01"]);
    expect(JSON.parse(earlier.stdout).models[0].price.usd_per_mtok.cache_read).toBe("0.2");
  });

  it("purser models refuses a sibling that it does not know and names the nearest", async () => {
    const { code, stderr } = await purser(["models", "claude-opus-5-6"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean claude-opus-5-5?");
  });

  it("purser models takes own models and discounts from purser.yaml", async () => {
    const file = join(folder, "own.yaml");
    writeFileSync(
      file,
      'models:\n  - id: mine\n    prices: [{input: "1", output: "2"}]\ndiscounts:\n  - percentOff: 50%\n',
    );
    const { stdout } = await purser(["cost", "--model", "mine", "--json", "--config", file], {
      input: '{"input_tokens":10,"output_tokens":1}',
    });
    expect(JSON.parse(stdout)).toMatchObject({ model: "mine", total_usd: "0.000006" });
  });
});

describe("purser cost", () => {
  it("purser cost prints the exact bill of a usage object", async () => {
    const words = ["cost", "--model", "claude-opus-5-5", "--json", ...AT];
    const { code, stdout } = await purser(words, { input: USAGE });
    const bill = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(bill).toMatchObject({
      kind: "billed",
      source: "usage",
      model: "claude-opus-5-5",
      price_date: "2026-09-22",
      total_usd: "0.0058",
    });
    expect(bill.lines).toEqual([
      expect.objectContaining({ item: "input", tokens: 1000, usd_per_mtok: "4", usd: "0.004" }),
      expect.objectContaining({
        item: "cache_read",
        tokens: 4000,
        usd_per_mtok: "0.2",
        usd: "0.0008",
      }),
      expect.objectContaining({ item: "output", tokens: 50, usd_per_mtok: "20", usd: "0.001" }),
    ]);
    const amounts = bill.lines.map((line: { usd: string }) => parseUsd(line.usd));
    expect(sumPicoUsd(amounts)).toBe(parseUsd(bill.total_usd));
  });

  it("purser cost reads a Message, from a file and from standard input", async () => {
    const message = JSON.stringify({
      type: "message",
      model: "claude-opus-5-5",
      usage: JSON.parse(USAGE),
    });
    const file = join(folder, "message.json");
    writeFileSync(file, message);
    const answers = await Promise.all([
      purser(["cost", file, "--json", ...AT]),
      purser(["cost", "--json", ...AT], { input: message }),
    ]);
    for (const { stdout } of answers) {
      expect(JSON.parse(stdout)).toMatchObject({ source: "message", total_usd: "0.0058" });
    }
  });

  it("purser cost reads a transcript: the last usage counts, and a cut one is said to be cut", async () => {
    const start = `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","model":"claude-opus-5-5","content":[],"usage":{"input_tokens":1000,"output_tokens":1}}}\n\n`;
    const end = `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":50}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`;
    const whole = await purser(["cost", "--json", ...AT], { input: start + end });
    expect(JSON.parse(whole.stdout)).toMatchObject({
      source: "stream",
      complete: true,
      message_id: "msg_1",
      total_usd: "0.005",
    });
    const cut = await purser(["cost", "--json", ...AT], { input: start });
    expect(cut.code).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({ complete: false, total_usd: "0.00402" });
    const error = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n`;
    const doubt = `"cache_creation":{"ephemeral_1h_input_tokens":5},"cache_creation_input_tokens":1,`;
    const doubted = start.replace('"output_tokens"', `${doubt}"output_tokens"`);
    const said = await purser(["cost", "--json", ...AT], { input: doubted + end });
    expect(JSON.parse(said.stdout).remarks).toEqual([expect.stringContaining("by lifetime")]);
    const failed = await purser(["cost", "--json", ...AT], { input: doubted + error });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      kind: "not-billed",
      message_id: "msg_1",
      reason: "the stream ended with an error: overloaded_error",
      total_usd: "0",
      lines: [],
      remarks: [],
    });
    const joined = await purser(["cost", "--json", ...AT], { input: start + end + start + end });
    const bill = JSON.parse(joined.stdout);
    expect([joined.code, bill.total_usd, bill.calls.length]).toEqual([0, "0.01", 2]);
  });

  it("purser cost sums batch results at half price, and bills only those that succeeded", async () => {
    const line = (id: string, result: object): string => JSON.stringify({ custom_id: id, result });
    const message = {
      type: "message",
      model: "claude-opus-5-5",
      usage: { input_tokens: 1000, output_tokens: 50, service_tier: "batch" },
    };
    const input = [
      line("a", { type: "succeeded", message }),
      line("b", { type: "errored", error: {} }),
      line("c", { type: "succeeded", message }),
    ].join("\n");
    const { code, stdout } = await purser(["cost", "--json", ...AT], { input });
    const bill = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(bill).toMatchObject({ source: "batch-results", total_usd: "0.005" });
    expect(bill.calls.map((call: { total_usd: string }) => call.total_usd)).toEqual([
      "0.0025",
      "0",
      "0.0025",
    ]);
  });

  it("purser cost gives no total where there is no price, and ends with 1", async () => {
    const { code, stdout } = await purser(["cost", "--model", "claude-opus-9", "--json"], {
      input: USAGE,
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "unpriced",
      reason: "unknown-model",
      total_usd: null,
      lines: [],
    });
    const plain = await purser(["cost", "--model", "claude-opus-9"], { input: USAGE });
    expect([plain.code, plain.stdout]).toEqual([1, ""]);
    expect(plain.stderr).toContain("no price");
  });

  it.each([
    ["not json", "COST_INPUT_UNREADABLE"],
    ["{}", "COST_INPUT_UNREADABLE"],
    ["[1]", "COST_INPUT_UNREADABLE"],
    ['{"input_tokens":-1}', "COST_INPUT_UNREADABLE"],
    ['{"input_tokens":1.5,"output_tokens":1}', "COST_INPUT_UNREADABLE"],
    ["data: {}\n\n", "COST_INPUT_UNREADABLE"],
    ['{"custom_id":"a","result":{"type":"errored"}}\n{"x":1}', "COST_INPUT_UNREADABLE"],
  ])("purser cost refuses %j with %s", async (input, expected) => {
    const { code, stderr } = await purser(["cost", "--model", "claude-opus-5-5", "--json"], {
      input,
    });
    expect(code).toBe(2);
    expect(JSON.parse(stderr).error.code).toBe(expected);
  });

  it("purser cost asks for the model where the text does not say it", async () => {
    const { stderr } = await purser(["cost", "--json"], { input: USAGE });
    expect(JSON.parse(stderr).error.code).toBe("COST_MODEL_MISSING");
  });
});
