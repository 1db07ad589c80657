/** How to test an agent without a key, a network or a model: script what the model says. */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
// In a project of your own: import { startSimulator, type Simulator } from "purser/simulator";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import { askAgent, TURNS_MAX } from "./agent.ts";

const QUESTION = "How much rope is in the hold?";
const countRope = { toolCalls: [{ name: "count_stock", input: { item: "rope" } }] };
let simulator: Simulator;
let client: Anthropic;
let forget = () => {};

beforeAll(async () => {
  simulator = await startSimulator();
  client = new Anthropic({ apiKey: "any", baseURL: simulator.url });
});
beforeEach(() => {
  forget();
  simulator.clearCalls();
});
afterAll(() => simulator.close());

describe("askAgent", () => {
  test("askAgent looks the stock up and answers with it", async () => {
    forget = simulator.script([
      { match: { toolResult: "42" }, reply: { text: "There are 42 coils of rope." } },
      { match: { lastUserText: "rope" }, reply: countRope },
    ]);
    expect(await askAgent(client, { rope: 42 }, QUESTION)).toBe("There are 42 coils of rope.");
    expect(simulator.calls()).toHaveLength(2);
  });

  test("askAgent tells the model when an item does not exist", async () => {
    forget = simulator.script([
      { match: { toolResult: "there is no rope" }, reply: { text: "We have none." } },
      { reply: countRope },
    ]);
    expect(await askAgent(client, {}, QUESTION)).toBe("We have none.");
  });

  test("askAgent gives up on a model that only ever calls tools", async () => {
    forget = simulator.script([{ reply: countRope }]);
    expect(await askAgent(client, { rope: 1 }, QUESTION)).toBeNull();
    expect(simulator.calls()).toHaveLength(TURNS_MAX);
  });

  test("askAgent gets through an overload, and nothing is billed for it", async () => {
    forget = simulator.script([{ reply: { text: "Plenty." } }]);
    simulator.setFaults([{ fault: { kind: "rate-limited", retryAfterSeconds: 0 }, times: 1 }]);
    expect(await askAgent(client, { rope: 1 }, QUESTION)).toBe("Plenty.");
    const bills = simulator.calls().map((call) => call.bill.totalPicoUsd);
    expect(bills[0]).toBe(0n);
    expect(bills[1]).toBeGreaterThan(0n);
  });

  test("askAgent costs what it should: an exact budget as an assertion", async () => {
    forget = simulator.script([
      { match: { toolResult: true }, reply: { text: "Done." } },
      { reply: countRope },
    ]);
    await askAgent(client, { rope: 1 }, QUESTION);
    const total = simulator.calls().reduce((sum, call) => sum + call.bill.totalPicoUsd, 0n);
    const oneTenthOfACent = 1_000_000_000n;
    expect(total).toBeLessThan(oneTenthOfACent);
  });
});
