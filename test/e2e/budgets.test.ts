/** Budgets as a user has them: from the file and by command, in force in a gateway that runs. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import {
  type GatewayProcess,
  PURSER_SOURCE,
  startGatewayProcess,
} from "../simulation/gateway-process.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

const CONFIG = `policies:
  - name: care-day
    lever: budget
    mode: apply
    match:
      teams: [care]
    settings:
      limit: $0.02
      window: day
      whenShort: shrink
`;

let folder: string;
let simulator: Simulator;
let gateway: GatewayProcess;
let client: Anthropic;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-budgets-e2e-"));
  writeFileSync(join(folder, "purser.yaml"), CONFIG);
  simulator = await startSimulator({ seed: 5 });
  gateway = await startGatewayProcess({
    upstream: simulator.url,
    data: join(folder, "data"),
    config: join(folder, "purser.yaml"),
  });
  client = new Anthropic({ apiKey: "sk-test", baseURL: gateway.ready.gateway, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function purser(...words: string[]): Promise<CommandResult> {
  const places = ["--data", join(folder, "data"), "--config", join(folder, "purser.yaml")];
  return runCommand(process.execPath, [PURSER_SOURCE, ...words, ...places], {
    env: { PATH: process.env.PATH, HOME: folder },
  });
}

async function json(...words: string[]) {
  const { code, stdout, stderr } = await purser(...words, "--json");
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function api(path: string): Promise<Response> {
  const { control, token } = gateway.ready;
  return fetch(`${control}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

const ASK: Anthropic.MessageCreateParamsNonStreaming = {
  model: "claude-opus-5-5",
  max_tokens: 2_000,
  messages: [{ role: "user", content: "hello" }],
};
const headersOf = (labels: Record<string, string>) => ({ headers: labels });

async function refusal(request: Promise<unknown>) {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof Anthropic.APIError ? error : null;
}

describe("budgets", () => {
  test("a budget of the file shrinks a call of the SDK, and tells what is left", async () => {
    const care = headersOf({ "x-purser-team": "care" });
    const { response } = await client.messages.create(ASK, care).withResponse();
    expect(response.headers.get("x-purser-budget")).toBe("care-day");
    expect(response.headers.get("x-purser-budget-changed")).toMatch(/^budget care-day shrink \d+$/);
  });

  test("a budget made by command is in force within a second, and explains what it stops", async () => {
    const made = await purser(
      "budget",
      "create",
      "dana",
      "--limit",
      "$0.001",
      "--match",
      "user=dana",
    );
    expect(made).toMatchObject({ code: 0 });
    const dana = headersOf({ "x-purser-user": "dana" });
    await expect
      .poll(async () => (await refusal(client.messages.create(ASK, dana)))?.errorCode, {
        timeout: 3_000,
      })
      .toBe("BUDGET_EXCEEDED");
    const stopped = await refusal(client.messages.create(ASK, dana));
    const told = await json("budget", "explain", String(stopped?.requestID));
    expect(told).toMatchObject({
      from: "ledger",
      would_be_stopped: true,
      on_record: { outcome: "refused", decisions: ["budget dana refuse short"] },
    });
    const [care, own] = told.budgets;
    expect(care).toMatchObject({
      name: "care-day",
      verdict: "not-matched",
      because: "the call's team is none",
    });
    expect(own).toMatchObject({ name: "dana", verdict: "short", stops: true, limit: "0.001" });
    expect(own.because).toMatch(/^it may come to \$0\.04\d*, and only -?\$0\.0\d+ are left$/);
  });

  test("the command and the control plane show the same balances, one from the ledger, one live", async () => {
    const listed = await json("budget", "list");
    const live = await (await api("/api/budget/list")).json();
    expect(listed).toMatchObject({ from: "ledger" });
    expect(live).toEqual({ ...listed, from: "gateway" });
    const care = listed.budgets[0];
    expect(care).toMatchObject({ name: "care-day", source: "file", limit: "0.02", window: "day" });
    expect(Number(care.balances[0].spent)).toBeGreaterThan(0);
    const shown = await purser("budget", "list");
    expect(shown.stdout).toMatch(
      /budget +for +window +limit +spent +reserved +left +used +resets at/,
    );
  });

  test("budgets are changed and removed by command, and those of the file are not", async () => {
    await json("budget", "edit", "dana", "--limit", "$5");
    const dana = headersOf({ "x-purser-user": "dana" });
    await expect
      .poll(async () => await refusal(client.messages.create(ASK, dana)), { timeout: 3_000 })
      .toBeNull();
    expect(await json("budget", "show", "dana")).toMatchObject({
      limit: "5",
      match: { user: ["dana"] },
    });
    expect(await json("budget", "remove", "dana")).toEqual({ removed: "dana" });
    const codes = await Promise.all([
      purser("budget", "edit", "care-day", "--limit", "$5"),
      purser("budget", "create", "care-day", "--limit", "$5"),
      purser("budget", "create", "x", "--limit", "500 EUR"),
      purser("budget", "create", "x", "--limit", "$5", "--steps", "90% model claude-opus-9"),
    ]);
    const told = codes.map(
      ({ code, stderr }) => `${code} ${/\[?([A-Z]+_[A-Z_]+)\]?/.exec(stderr)?.[1]}`,
    );
    expect(told.map((text) => text.replace(/^\d+ /, ""))).toEqual([
      "BUDGET_FROM_FILE",
      "BUDGET_NAME_TAKEN",
      "BUDGET_CURRENCY_UNKNOWN",
      "BUDGET_STEP_INVALID",
    ]);
    expect(codes.every(({ code }) => code !== 0)).toBe(true);
  });
});
