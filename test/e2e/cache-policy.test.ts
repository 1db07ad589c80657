/** A cache policy as a user sets it: a file, `purser up`, the SDK, the commands. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

const POLICY = `policies:
  - name: autopilot
    lever: cache
    mode: apply
    holdOut: 0%
    match:
      endpoints: [agent]
`;
const SYSTEM = "The ship carries salt and rope across a cold bay. ".repeat(800);

let folder = "";
let simulator: Simulator;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-policy-"));
  writeFileSync(join(folder, "purser.yaml"), POLICY);
  simulator = await startSimulator({ seed: 1 });
  const config = join(folder, "purser.yaml");
  gateway = await startGatewayProcess({
    upstream: simulator.url,
    data: join(folder, "data"),
    config,
  });
});

afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(endpoint: string): Promise<Anthropic.Usage> {
  const client = new Anthropic({
    apiKey: "sk-ant-test",
    baseURL: gateway.ready.gateway,
    defaultHeaders: { "x-purser-endpoint": endpoint },
  });
  const { usage } = await client.messages.create({
    model: "claude-opus-5-5",
    max_tokens: 20,
    system: SYSTEM,
    messages: [{ role: "user", content: "How much is the fish?" }],
  });
  return usage;
}

function purser(words: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: folder };
  const all = [PURSER_SOURCE, ...words, "--data", join(folder, "data"), "--json"];
  return runCommand(process.execPath, all, { cwd: folder, env });
}

describe("a cache policy", () => {
  it("a cache policy is applied to the calls that it matches, and to no others", async () => {
    const plain = [await ask("chat"), await ask("chat"), await ask("chat")];
    for (const usage of plain) {
      expect([usage.cache_read_input_tokens, usage.cache_creation_input_tokens]).toEqual([0, 0]);
    }
    const agent: Anthropic.Usage[] = [];
    for (let call = 0; call < 6; call += 1) agent.push(await ask("agent"));
    expect(agent.some((usage) => (usage.cache_read_input_tokens ?? 0) > 5_000)).toBe(true);

    const savings = JSON.parse((await purser(["savings"])).stdout);
    expect(savings.applied).toMatchObject({ units: 1, exchanges: 6 });
    expect(savings.measured).toBeNull();
    expect(Number(savings.modelled.usd)).toBeGreaterThan(0);

    const authorization = `Bearer ${gateway.ready.token}`;
    const metrics = await fetch(`${gateway.ready.control}/metrics`, { headers: { authorization } });
    expect(await metrics.text()).toMatch(
      /purser_cache_decisions_total\{decision="apply"\} [1-6]\n/,
    );
  });
});
