import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { picoUsd } from "../../base/index.ts";
import { type Simulator, startSimulator } from "../../simulator/index.ts";
import { checkBooks } from "./check-books.ts";

let simulator: Simulator;
let invoiced = 0n;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 1 });
  await fetch(`${simulator.url}/v1/messages`, {
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
  });
  invoiced = simulator.calls()[0]?.bill.totalPicoUsd ?? 0n;
});

afterAll(async () => {
  await simulator.close();
});

const completed = (count: number, amount: bigint) => ({
  name: "completed",
  count,
  amount: picoUsd(amount),
});

describe("checkBooks", () => {
  it("checkBooks agrees when count and amount are the simulator's", () => {
    expect(invoiced).toBeGreaterThan(0n);
    expect(checkBooks(simulator, completed(1, invoiced)).agrees).toBe(true);
  });

  it("checkBooks finds one picodollar, and one call, too many", () => {
    const dearer = checkBooks(simulator, completed(1, invoiced + 1n));
    expect(dearer).toMatchObject({
      agrees: false,
      text: expect.stringContaining("The books differ"),
    });
    expect(checkBooks(simulator, completed(2, invoiced)).agrees).toBe(false);
  });
});
