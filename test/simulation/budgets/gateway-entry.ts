/**
 * A gateway of the proof's own wiring: with the proof's budgets, and a clock that jumps an hour ahead
 * at SIGUSR2. The jump outlives the process. At SIGTERM it ends in order and writes down what its
 * budgets still hold.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, instant } from "../../../src/base/index.ts";
import { readBudget } from "../../../src/domain/budgets/index.ts";
import type { BudgetGate, BudgetKeeper } from "../../../src/services/gateway/index.ts";
import { readFlags } from "../crash/gateway-entry.ts";
import { wireGateway } from "../wire-gateway.ts";
import { AUTHORED } from "./proof-budgets.ts";

const HOUR_MS = 3_600_000;
export const END_FILE = "budgets-end.json";

export async function runBudgetGateway(
  around?: (keeper: BudgetKeeper) => BudgetGate,
): Promise<void> {
  const { data, upstream } = readFlags();
  const clock = jumpingClock(`${data}.clock`);
  const budgets = AUTHORED.map((authored) => {
    const reading = readBudget(authored);
    if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems));
    return reading.definition;
  });
  const aroundBudgets = around === undefined ? {} : { aroundBudgets: around };
  const wired = await wireGateway({ data, upstream, clock, budgets, ...aroundBudgets });
  process.once("SIGTERM", () => {
    void wired.close().then(() => {
      writeFileSync(join(data, END_FILE), JSON.stringify({ held: wired.budgets.held }));
      process.exit(0);
    });
  });
  const { url } = wired.gateway;
  process.stdout.write(`${JSON.stringify({ gateway: url, control: url, token: "none" })}\n`);
}

function jumpingClock(file: string): Clock {
  let aheadMs = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  process.on("SIGUSR2", () => {
    aheadMs += HOUR_MS;
    writeFileSync(file, String(aheadMs));
  });
  return { now: () => instant(Date.now() + aheadMs), monotonicMs: () => performance.now() };
}
