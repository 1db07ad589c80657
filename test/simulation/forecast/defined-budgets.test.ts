/** When budgets of the file and of the state store run out, over a real ledger of steady hours. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOUR_MS, instant, parseUsd, seededRandom } from "../../../src/base/index.ts";
import type { AuthoredBudget } from "../../../src/domain/budgets/index.ts";
import { forecast } from "../../../src/operations/index.ts";
import { openStateStore } from "../../../src/stores/state/index.ts";
import { type LedgerCall, type LedgerOfHours, makeLedgerOfHours } from "./ledger-of-hours.ts";

const BEGIN_MS = Date.UTC(2026, 9, 26);
/** 11:30 in Berlin, 16:00 in Kolkata. */
const NOW_MS = Date.UTC(2026, 10, 19, 10, 30);
const CALLS = steadyCalls();

/** Half a dollar an hour of each endpoint, the second by a model's dated name. */
function steadyCalls(): readonly LedgerCall[] {
  const random = seededRandom(5);
  const usd = (): number => 0.45 + 0.1 * random.next();
  const made: LedgerCall[] = [];
  for (let at = BEGIN_MS; at < NOW_MS; at += HOUR_MS) {
    made.push({ at: at + 60_000, endpoint: "chat", user: "ann", usd: usd() });
    const model = "claude-haiku-4-5-20251001";
    made.push({ at: at + 45 * 60_000, endpoint: "search", user: "bob", usd: usd(), model });
  }
  return made.filter(({ at }) => at < NOW_MS);
}

const BUDGETS: readonly AuthoredBudget[] = [
  { name: "chat-day", limit: "$100", window: "day", timeZone: "Europe/Berlin", ...only("chat") },
  { name: "kolkata-day", limit: "$22.5", window: "day", timeZone: "Asia/Kolkata" },
  { name: "two", limit: "$10000", match: { endpoint: ["chat", "search", "other"] } },
  { name: "each", limit: "$400", per: "endpoint" },
  { name: "haiku", limit: "$300", match: { model: ["claude-haiku-4-5"] } },
  { name: "nobody", limit: "$5", ...only("nobody") },
  { name: "tokens", limit: "2M tokens" },
  { name: "any-day", limit: "$5", window: "rolling 24h" },
  { name: "for-good", limit: "$5", window: "lifetime" },
  { name: "ann", limit: "$5", match: { user: ["ann"] } },
  { name: "by-tag", limit: "$5", per: "tag:env" },
];

function only(endpoint: string): Pick<AuthoredBudget, "match"> {
  return { match: { endpoint: [endpoint] } };
}

let ledger: LedgerOfHours;
beforeAll(async () => {
  ledger = await makeLedgerOfHours(CALLS);
}, 60_000);
afterAll(() => ledger.remove());

const ask = (input: Record<string, unknown> = {}) => ledger.ask(forecast, input, NOW_MS);

type Told = Awaited<ReturnType<typeof ask>>["defined_budgets"][number];

function spentSince(since: number, keeps: (call: LedgerCall) => boolean = () => true): bigint {
  return CALLS.filter((call) => call.at >= since && keeps(call))
    .map(({ usd }) => BigInt(Math.round(usd * 1e6)) * 1_000_000n)
    .reduce((sum, amount) => sum + amount, 0n);
}

describe("purser forecast of defined budgets", () => {
  test("forecast without any budget defined tells of none, and makes no state store", async () => {
    expect((await ask()).defined_budgets).toEqual([]);
  });

  describe("where some are defined", () => {
    let told: readonly Told[] = [];
    const named = (name: string) => told.filter((one) => one.name === name);
    beforeAll(async () => {
      const state = await openStateStore({ directory: ledger.path, create: true });
      for (const budget of BUDGETS) await state.budgets.create(budget, instant(NOW_MS));
      await state.close();
      const file = [
        "policies:",
        "  - name: all-month",
        "    lever: budget",
        "    mode: apply",
        "    settings:",
        "      limit: $700.5",
      ];
      writeFileSync(join(ledger.path, "purser.yaml"), `${file.join("\n")}\n`);
      told = (await ask({ where: ["endpoint=chat"] })).defined_budgets;
    }, 60_000);

    test("forecast tells of each by its name, those of the file first", () => {
      const names = [...new Set(told.map(({ name }) => name))];
      expect(names[0]).toBe("all-month");
      expect(names.toSorted()).toEqual(
        ["all-month", ...BUDGETS.map(({ name }) => name)].toSorted(),
      );
    });

    test("forecast of a budget over everything by month says what the flag says", async () => {
      const { budgets } = await ask({ budget: ["700.5"] });
      expect(named("all-month")).toMatchObject([{ state: "forecast", figures: budgets[0] }]);
      expect(budgets[0]?.runs_out_at).not.toBeNull();
    });

    test("forecast counts a window by the clock of its zone, to the minute", () => {
      const [berlin] = named("chat-day");
      expect(berlin).toMatchObject({ window_ends_at: "2026-11-19T23:00:00.000Z", value: null });
      const since = Date.UTC(2026, 10, 18, 23);
      const spent = spentSince(since, ({ endpoint }) => endpoint === "chat");
      expect(parseUsd(berlin?.figures?.spent_usd ?? "")).toBe(spent);
      expect(berlin?.figures).toMatchObject({ runs_out_at: null, chance_to_exceed: 0 });
      const [kolkata] = named("kolkata-day");
      expect(kolkata?.window_ends_at).toBe("2026-11-19T18:30:00.000Z");
      const half = spentSince(Date.UTC(2026, 10, 18, 18, 30));
      expect(parseUsd(kolkata?.figures?.spent_usd ?? "")).toBe(half);
    });

    test("forecast carries a window on to its end within an hour, and no further", () => {
      const { spent_usd, budget_usd, runs_out_at } = named("kolkata-day")[0]?.figures ?? {};
      // Sixteen hours at a dollar are spent, and eight are to come: more than the 22.5 of the cap.
      expect(Number(budget_usd) - Number(spent_usd)).toBeGreaterThan(5.5);
      expect(Date.parse(runs_out_at ?? "")).toBeLessThanOrEqual(Date.UTC(2026, 10, 19, 18, 30));
    });

    test("forecast joins the values that any one of must fit, by the model's one id too", () => {
      const month = Date.UTC(2026, 10, 1);
      expect(parseUsd(named("two")[0]?.figures?.spent_usd ?? "")).toBe(spentSince(month));
      const search = spentSince(month, ({ endpoint }) => endpoint === "search");
      const [haiku] = named("haiku");
      expect(parseUsd(haiku?.figures?.spent_usd ?? "")).toBe(search);
      expect(haiku?.state).toBe("forecast");
      expect(haiku?.figures?.chance_to_exceed).toBeGreaterThan(0.5);
    });

    test("forecast of a budget per value tells of each value's own balance", () => {
      const each = named("each");
      expect(each.map(({ value }) => value).toSorted()).toEqual(["chat", "search"]);
      for (const { value, figures, state } of each) {
        const own = spentSince(Date.UTC(2026, 10, 1), ({ endpoint }) => endpoint === value);
        expect(parseUsd(figures?.spent_usd ?? "")).toBe(own);
        expect({ state, at: figures?.runs_out_at }).toEqual({ state: "forecast", at: null });
      }
    });

    test("forecast of a budget whose calls never came says so", () => {
      expect(named("nobody")).toMatchObject([
        { state: "empty", figures: { spent_usd: "0", runs_out_at: null } },
      ]);
    });

    test.each([
      ["tokens", "it counts tokens"],
      ["any-day", "no end in the calendar"],
      ["for-good", "no end in the calendar"],
      ["ann", "no hourly sums by user"],
      ["by-tag", "no hourly sums by tag:env"],
    ])("forecast names the budget %s with why it cannot be forecast", (name, words) => {
      const [one, ...others] = named(name);
      expect(others).toEqual([]);
      expect(one).toMatchObject({ state: "not-forecast", figures: null });
      expect(one?.says).toContain(words);
    });
  });
});
