/** What the running Purser watches: every kind of trouble, raised from a real ledger and real budgets. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HOUR_MS, instant, seededRandom } from "../../../src/base/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { type AuthoredBudget, readBudget } from "../../../src/domain/budgets/index.ts";
import { compileCatalogue } from "../../../src/domain/catalogue/index.ts";
import type { RunApart } from "../../../src/main/run-apart.ts";
import { startAlerts } from "../../../src/main/start-alerts.ts";
import { OPERATIONS } from "../../../src/operations/index.ts";
import { BudgetKeeper } from "../../../src/services/gateway/index.ts";
import { createJobRunner, type JobRunner } from "../../../src/services/jobs/index.ts";
import type {
  LedgerReader,
  LedgerState,
  LedgerWriter,
  StateStore,
} from "../../../src/stores/contracts/index.ts";
import { openLedgerReader } from "../../../src/stores/ledger/index.ts";
import { openStateStore } from "../../../src/stores/state/index.ts";
import {
  type LedgerCall,
  type LedgerOfHours,
  makeLedgerOfHours,
} from "../forecast/ledger-of-hours.ts";

const BEGIN_MS = Date.UTC(2026, 9, 12);
const INCIDENT_MS = Date.UTC(2026, 10, 9, 14);
const NOW_MS = Date.UTC(2026, 10, 10, 6, 20);
const CATALOGUE = compileCatalogue();

/** A dollar an hour of each endpoint; eight hours in which one costs five; a model without a price. */
function calls(): readonly LedgerCall[] {
  const random = seededRandom(3);
  const made: LedgerCall[] = [];
  for (let at = BEGIN_MS; at < NOW_MS; at += HOUR_MS) {
    const isIncident = at >= INCIDENT_MS && at < INCIDENT_MS + 8 * HOUR_MS;
    const usd = (): number => 0.9 + 0.2 * random.next();
    made.push({ at: at + 60_000, endpoint: "chat", usd: usd() });
    made.push({ at: at + 90_000, endpoint: "agent", usd: usd() * (isIncident ? 5 : 1) });
  }
  const unpriced = { endpoint: "chat", model: "claude-of-tomorrow", usd: 0, unpriced: true };
  return [...made, { at: NOW_MS - 30 * 60_000, ...unpriced }];
}

/** About $480 were spent since the month began, and as much again and more is to come. */
const BUDGETS: readonly AuthoredBudget[] = [
  { name: "ample", limit: "$100000" },
  { name: "tight", limit: "$1000" },
  { name: "nearly", limit: "$560" },
  { name: "gone", limit: "$100", per: "endpoint" },
];

let ledger: LedgerOfHours;
let reader: LedgerReader;
beforeAll(async () => {
  ledger = await makeLedgerOfHours(calls());
  reader = await openLedgerReader({ directory: ledger.path });
}, 60_000);
afterAll(async () => {
  await reader.close();
  ledger.remove();
});

let folder = "";
let state: StateStore;
let jobs: JobRunner;
let now = NOW_MS;
let ledgerState: LedgerState = { kind: "ready" };
const failed: unknown[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-watch-"));
  state = await openStateStore({ directory: folder, create: true });
  now = NOW_MS;
  ledgerState = { kind: "ready" };
  failed.length = 0;
});
afterEach(async () => {
  await jobs.close();
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

const clock = { now: () => instant(now), monotonicMs: () => 0 };

/** By operation, time and budgets: several tests ask the same of the same ledger. */
const answers = new Map<string, Promise<unknown>>();

const runHere: RunApart = async (name, input, signal) => {
  const names = (await state.budgets.list()).map(({ budget }) => budget.name);
  const key = `${name} ${now} ${names.join(" ")}`;
  const answer = answers.get(key) ?? runOnce(name, input, signal);
  answers.set(key, answer);
  return answer;
};

/** Runs the operation here: what it says is the same as in a process of its own. */
const runOnce: RunApart = async (name, input, signal) => {
  const operation = OPERATIONS.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`no operation is named ${name}`);
  const { context, close } = ledger.contextAt(now);
  try {
    const here = { ...context, state: async () => state, signal };
    return await operation.run(operation.input.parse(input), here);
  } finally {
    await close();
  }
};

async function start(budgets: readonly AuthoredBudget[], runApart = runHere): Promise<void> {
  jobs = createJobRunner({
    ...{ clock, schedule: () => () => {} },
    onFailure: (_, error) => failed.push(error),
  });
  const log = (): void => {};
  const charges = reader.charges.bind(reader);
  const keeper = new BudgetKeeper({ catalogue: CATALOGUE, clock, log, charges });
  for (const budget of budgets) await state.budgets.create(budget, clock.now());
  await keeper.define(
    budgets.map(readBudget).flatMap((one) => ("definition" in one ? [one.definition] : [])),
  );
  const flags = { data: ledger.path };
  startAlerts({
    config: loadConfig({ flags, environment: {}, workingDirectory: folder }),
    ...{ log, clock, state, reader, jobs, runApart, book: keeper.book, targets: [] },
    writer: { state: () => ledgerState } as LedgerWriter,
  });
}

async function raised(): Promise<readonly string[]> {
  const alerts = await state.alerts.list(100);
  return alerts.map(({ kind, title }) => `${kind}: ${title}`).toSorted();
}

const ofKind = async (kind: string) =>
  (await state.alerts.list(100)).filter((alert) => alert.kind === kind);

describe("startAlerts", { timeout: 60_000 }, () => {
  test("startAlerts raises what goes wrong with budgets, forecasts, models and spend", async () => {
    await start(BUDGETS);
    await jobs.runNow("alert-watch");
    expect(failed).toEqual([]);
    const titles = await raised();
    expect(titles.filter((title) => !title.startsWith("anomaly"))).toEqual([
      expect.stringMatching(/^budget-threshold: Budget gone is at 2\d\d%$/),
      expect.stringMatching(/^budget-threshold: Budget gone is at 2\d\d%$/),
      expect.stringMatching(/^budget-threshold: Budget nearly is at 8\d%$/),
      "forecast-exceeds: Budget nearly is likely to be exceeded before 2026-12-01T00:00:00.000Z",
      "forecast-exceeds: Budget tight is likely to be exceeded before 2026-12-01T00:00:00.000Z",
      "unknown-model: Calls of claude-of-tomorrow have no price",
    ]);
    const incidents = await ofKind("anomaly");
    const spend = incidents.filter(({ data }) => data.metric === "spend");
    expect(spend.map(({ title }) => title)).toContainEqual(
      expect.stringMatching(/^spend of endpoint=agent is [\d.]+ times the expected$/),
    );
    const [tight] = (await ofKind("forecast-exceeds")).filter(
      ({ data }) => data.budget === "tight",
    );
    expect(tight?.data).toMatchObject({ budget_usd: "1000", window: "month", value: null });
  });

  test("startAlerts says once what happened, and again after the cool-down what goes on", async () => {
    await start(BUDGETS);
    await jobs.runNow("alert-watch");
    const before = (await raised()).filter((title) => !title.startsWith("unknown-model"));
    await jobs.runNow("alert-watch");
    expect(await raised()).toHaveLength(before.length + 1);
    now += 7 * HOUR_MS;
    await jobs.runNow("alert-watch");
    const kinds = ["budget-threshold", "forecast-exceeds"] as const;
    const counts = await Promise.all(kinds.map(async (kind) => (await ofKind(kind)).length));
    expect(counts).toEqual([3, 4]);
    const incidents = (await ofKind("anomaly")).map(({ key }) => key);
    expect(new Set(incidents).size).toBe(incidents.length);
  });

  test("startAlerts raises a ledger that cannot be written, and nothing while it can", async () => {
    await start([]);
    await jobs.runNow("alerts");
    expect(await raised()).toEqual([]);
    ledgerState = { kind: "refusing", reason: "the disk is full" };
    await jobs.runNow("alerts");
    expect(await raised()).toEqual(["ledger-trouble: The ledger cannot be written"]);
  });

  test("startAlerts raises nothing where nothing is wrong", async () => {
    now += 10 * 24 * HOUR_MS;
    await start([{ name: "ample", limit: "$100000" }]);
    await jobs.runNow("alert-watch");
    await jobs.runNow("alerts");
    expect({ raised: await raised(), failed }).toEqual({ raised: [], failed: [] });
  });

  test("startAlerts looks at everything else where one part fails, and the job tells of it", async () => {
    const broken = new Error("the detector broke");
    await start(BUDGETS, async (name, input, signal) => {
      if (name === "anomalies") throw broken;
      return runHere(name, input, signal);
    });
    await jobs.runNow("alert-watch");
    expect(failed).toEqual([broken]);
    const kinds = new Set((await state.alerts.list(100)).map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual([
      "budget-threshold",
      "forecast-exceeds",
      "unknown-model",
    ]);
  });
});
