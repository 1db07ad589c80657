/** `purser forecast` over a real ledger: three endpoints, one of which stops and one begins. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, parseUsd, seededRandom } from "../../../src/base/index.ts";
import { forecast } from "../../../src/operations/index.ts";
import { type LedgerCall, type LedgerOfHours, makeLedgerOfHours } from "./ledger-of-hours.ts";

/** A Monday. Half past ten of the nineteenth, so that the hour under way is half over. */
const BEGIN_MS = Date.UTC(2026, 9, 26);
const NOW_MS = Date.UTC(2026, 10, 19, 10, 30);
const NEW_SINCE_MS = Date.UTC(2026, 10, 17);
const STOPPED_AT_MS = Date.UTC(2026, 10, 9);
const CHAT_USD_A_DAY = 24;

function calls(): readonly LedgerCall[] {
  const random = seededRandom(11);
  const made: LedgerCall[] = [];
  for (let at = BEGIN_MS; at < NOW_MS; at += HOUR_MS) {
    const usd = 0.9 + 0.2 * random.next();
    made.push({ at: at + 60_000, endpoint: "chat", user: "ann", usd });
    if (at < STOPPED_AT_MS) made.push({ at: at + 120_000, endpoint: "old", user: "bob", usd: 0.5 });
    if (at >= NEW_SINCE_MS)
      made.push({ at: at + 180_000, endpoint: "new", user: "bob", usd: 0.25 });
  }
  return made;
}

let ledger: LedgerOfHours;
beforeAll(async () => {
  ledger = await makeLedgerOfHours(calls());
}, 60_000);
afterAll(() => ledger.remove());

const ask = (input: Record<string, unknown>, now = NOW_MS) => ledger.ask(forecast, input, now);

const usdOf = (text: string | null): number => Number(text);

describe("purser forecast", () => {
  test("forecast carries each endpoint on by what it is, and all sum to the total exactly", async () => {
    const answer = await ask({});
    expect(answer).toMatchObject({ until: "2026-12-01T00:00:00.000Z", slot: "hour" });
    const states = new Map(answer.groups.map((row) => [row.group?.endpoint, row]));
    expect(states.get("chat")?.state).toBe("forecast");
    expect(states.get("old")).toMatchObject({ state: "stopped", expected_usd: "0", intervals: [] });
    expect(states.get("new")).toMatchObject({ state: "young", intervals: [] });
    const days = (Date.UTC(2026, 11, 1) - NOW_MS) / DAY_MS;
    expect(usdOf(states.get("chat")?.expected_usd ?? null) / days).toBeCloseTo(
      CHAT_USD_A_DAY,
      -0.5,
    );
    expect(usdOf(states.get("new")?.expected_usd ?? null)).toBeCloseTo(0.25 * 24 * days, 1);
    const sum = answer.groups.reduce((all, row) => all + parseUsd(row.expected_usd), 0n);
    expect(parseUsd(answer.total.expected_usd)).toBe(sum);
    const [narrow, wide] = answer.total.intervals;
    expect(usdOf(wide?.low_usd ?? null)).toBeLessThanOrEqual(usdOf(narrow?.low_usd ?? null));
    expect(usdOf(wide?.high_usd ?? null)).toBeGreaterThanOrEqual(usdOf(narrow?.high_usd ?? null));
  });

  test("forecast counts what is spent since the month began, with the hour under way", async () => {
    const answer = await ask({});
    const month = calls().filter(({ at }) => at >= Date.UTC(2026, 10, 1));
    const usd = month.reduce((sum, call) => sum + BigInt(Math.round(call.usd * 1e6)), 0n);
    expect(parseUsd(answer.total.spent_this_month_usd)).toBe(usd * 1_000_000n);
  });

  test("forecast says when a budget of the month runs out, and how likely that is", async () => {
    const spent = usdOf((await ask({})).total.spent_this_month_usd);
    const budgets = [spent - 1, spent + 100, spent + 5_000].map((amount) => amount.toFixed(2));
    const answer = await ask({ budget: budgets });
    const [over, tight, ample] = answer.budgets;
    expect(over).toMatchObject({ runs_out_at: answer.as_of, chance_to_exceed: 1 });
    const inDays = (Date.parse(tight?.runs_out_at ?? "") - NOW_MS) / DAY_MS;
    expect(inDays).toBeGreaterThan(2.5);
    expect(inDays).toBeLessThan(4.5);
    expect(Date.parse(tight?.runs_out_earliest ?? "")).toBeLessThanOrEqual(
      Date.parse(tight?.runs_out_at ?? ""),
    );
    expect(tight?.chance_to_exceed).toBeGreaterThan(0.95);
    expect(ample).toMatchObject({ runs_out_at: null, runs_out_earliest: null });
    expect(ample?.chance_to_exceed).toBeLessThan(0.05);
  });

  test("forecast under a decline of prices lies below, by as much as the decline makes it", async () => {
    const { total } = await ask({ horizon: "8w", priceDecline: "50%/year" });
    const kept = usdOf(total.declined_usd) / usdOf(total.expected_usd);
    const mean = (1 - 0.5 ** (56 / 365.25)) / ((-Math.log(0.5) * 56) / 365.25);
    expect(kept).toBeCloseTo(mean, 2);
    expect(total.intervals.length).toBe(total.declined_intervals.length);
  });

  test("forecast by user reads days, and takes only what a filter lets through", async () => {
    const answer = await ask({ by: ["user"], where: ["endpoint=chat"], horizon: "3d" });
    expect(answer.slot).toBe("day");
    expect(answer.groups.map((row) => row.group)).toEqual([{ user: "ann" }]);
    expect(usdOf(answer.total.expected_usd)).toBeCloseTo(3 * CHAT_USD_A_DAY, -1);
  });

  test("forecast with few groups wanted keeps the others in one", async () => {
    const answer = await ask({ top: 1, horizon: "2d" });
    expect(answer.groups.map((row) => row.group)).toEqual([{ endpoint: "chat" }, null]);
  });

  test("forecast of a ledger that had no spend yet says so", async () => {
    const answer = await ask({ where: ["endpoint=nobody"] });
    expect(answer).toMatchObject({ groups: [], total: { state: "empty", expected_usd: "0" } });
  });

  test.each([
    [{ horizon: "soon" }, "FORECAST_HORIZON_INVALID"],
    [{ horizon: "2026-11-19" }, "FORECAST_HORIZON_INVALID"],
    [{ horizon: "0d" }, "FORECAST_HORIZON_INVALID"],
    [{ horizon: "401d" }, "FORECAST_HORIZON_INVALID"],
    [{ priceDecline: "20%" }, "FORECAST_PRICE_DECLINE_INVALID"],
    [{ priceDecline: "100%/year" }, "FORECAST_PRICE_DECLINE_INVALID"],
    [{ priceDecline: "-5%/year" }, "FORECAST_PRICE_DECLINE_INVALID"],
    [{ budget: ["0"] }, "FORECAST_BUDGET_INVALID"],
    [{ budget: ["-3"] }, "FORECAST_BUDGET_INVALID"],
    [{ budget: ["€500"] }, "FORECAST_BUDGET_INVALID"],
    [{ by: ["endpiont"] }, "OPERATION_DIMENSION_UNKNOWN"],
    [{ by: ["hour"] }, "OPERATION_DIMENSION_UNKNOWN"],
    [{ where: ["endpoint"] }, "OPERATION_FILTER_INVALID"],
    [{ top: 0 }, "OPERATION_INPUT_INVALID"],
  ])("forecast refuses %j with %s", async (input, code) => {
    await expect(ask(input)).rejects.toMatchObject({ code });
  });
});
