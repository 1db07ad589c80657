import { describe, expect, test } from "vitest";
import { type AuthoredBudget, readBudget, readLimit } from "./index.ts";

function codes(more: Partial<AuthoredBudget>): readonly string[] {
  const reading = readBudget({ name: "b", limit: "$1", ...more });
  if (reading.kind === "budget") return [];
  return reading.problems.map(({ field, code }) => `${field} ${code}`);
}

describe("readBudget", () => {
  test("readBudget fills in what is unsaid", () => {
    expect(readBudget({ name: "b", limit: "$0.5" })).toEqual({
      kind: "budget",
      definition: {
        ...{ name: "b", match: {}, per: null, window: { kind: "month", timeZone: "UTC" } },
        ...{ unit: "usd", cap: 500_000_000_000n, enforcement: "hard", mode: "apply" },
        ...{ whenShort: "refuse", unboundedCeiling: null, steps: [] },
      },
    });
  });

  test("readBudget reads every part", () => {
    const reading = readBudget({
      name: "search.team-1",
      limit: "2M tokens",
      window: "rolling 24h",
      match: { teams: ["search"], "tag:env": ["production", "staging"] },
      per: "user",
      enforcement: "soft",
      shadow: true,
      whenShort: "shrink",
      whenUnbounded: "50_000 tokens",
      steps: ["95% model claude-haiku-5-5", "80% warn", "90% max-tokens 1024", "92% effort low"],
    });
    expect(reading).toMatchObject({
      definition: {
        match: { team: ["search"], "tag:env": ["production", "staging"] },
        ...{ per: "user", window: { kind: "rolling", lengthMs: 86_400_000 } },
        ...{ unit: "tokens", cap: 2_000_000n, unboundedCeiling: 50_000n },
        ...{ enforcement: "soft", mode: "shadow", whenShort: "shrink" },
        steps: [
          { atPercent: 80, action: "warn" },
          { atPercent: 90, action: "max-tokens", maxTokens: 1_024 },
          { atPercent: 92, action: "effort", effort: "low" },
          { atPercent: 95, action: "model", model: "claude-haiku-5-5" },
        ],
      },
    });
  });

  test("readBudget keeps a session's budget per session", () => {
    expect(readBudget({ name: "b", limit: "$1", window: "session" })).toMatchObject({
      definition: { per: "session" },
    });
    expect(codes({ window: "session", per: "user" })).toEqual(["per BUDGET_SETTING_INVALID"]);
  });

  test.each<[Partial<AuthoredBudget>, string]>([
    [{ name: "two words" }, "name BUDGET_NAME_INVALID"],
    [{ name: "" }, "name BUDGET_NAME_INVALID"],
    [{ limit: "$0" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "-5 usd" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "$-5" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "500" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "1.5 calls" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "$1e9" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "$99999999999" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "1234567890123456 k tokens" }, "limit BUDGET_LIMIT_INVALID"],
    [{ limit: "500 EUR" }, "limit BUDGET_CURRENCY_UNKNOWN"],
    [{ limit: "€500" }, "limit BUDGET_CURRENCY_UNKNOWN"],
    [{ limit: "EUR 500" }, "limit BUDGET_CURRENCY_UNKNOWN"],
    [{ window: "fortnight" }, "window BUDGET_WINDOW_INVALID"],
    [{ window: "forever" }, "window BUDGET_WINDOW_INVALID"],
    [{ window: "rolling" }, "window BUDGET_WINDOW_INVALID"],
    [{ window: "rolling 9000d" }, "window BUDGET_WINDOW_INVALID"],
    [{ window: "rolling 1m" }, "window BUDGET_WINDOW_INVALID"],
    [{ timeZone: "Mars/Olympus" }, "timeZone BUDGET_TIME_ZONE_UNKNOWN"],
    [{ per: "colour" }, "per BUDGET_ATTRIBUTE_UNKNOWN"],
    [{ match: { colour: ["red"] } }, "match.colour BUDGET_ATTRIBUTE_UNKNOWN"],
    [{ match: { users: [] } }, "match.users BUDGET_SETTING_INVALID"],
    [{ whenUnbounded: "5 calls" }, "whenUnbounded BUDGET_SETTING_INVALID"],
    [{ whenUnbounded: "yes" }, "whenUnbounded BUDGET_LIMIT_INVALID"],
    [{ steps: ["80% shout"] }, "steps.0 BUDGET_STEP_INVALID"],
    [{ steps: ["180% warn"] }, "steps.0 BUDGET_STEP_INVALID"],
    [{ steps: ["80% warn", "90% max-tokens many"] }, "steps.1 BUDGET_STEP_INVALID"],
    [{ steps: ["98% batch"] }, "steps.0 BUDGET_STEP_INVALID"],
  ])("readBudget names what is wrong with %j", (more, problem) => {
    expect(codes(more)).toEqual([problem]);
  });

  test("readBudget says what each problem is and how to mend it", () => {
    const reading = readBudget({ name: "b", limit: "500 EUR", window: "forever" });
    expect(reading).toMatchObject({
      problems: [
        { what: '"500 EUR" is not in dollars', mend: expect.stringContaining("Write dollars") },
        {
          what: '"forever" is a window that never ends',
          mend: expect.stringContaining("lifetime"),
        },
      ],
    });
  });
});

describe("readLimit", () => {
  test.each([
    ["$500", "usd", 500n * 10n ** 12n],
    ["$1,000.25", "usd", 1_000_250_000_000_000n],
    ["$2k", "usd", 2_000n * 10n ** 12n],
    ["0.000000000001 usd", "usd", 1n],
    [" 12 dollars ", "usd", 12n * 10n ** 12n],
    ["2M tokens", "tokens", 2_000_000n],
    ["1.5k calls", "calls", 1_500n],
  ])("readLimit reads %s", (text, unit, cap) => {
    expect(readLimit(text)).toEqual({ kind: "value", value: { unit, cap } });
  });
});
