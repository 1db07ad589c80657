import { describe, expect, test } from "vitest";
import { microUsdPerMtok, picoUsd } from "../../base/index.ts";
import type { ModelId } from "../catalogue/index.ts";
import { type Bill, compileShowback } from "./index.ts";

const MODEL = "claude-opus-5-5" as ModelId;
const BILL: Bill = {
  lines: [
    {
      kind: "tokens",
      item: "input",
      model: MODEL,
      tokens: 100,
      price: microUsdPerMtok(4_000_000n),
      amount: picoUsd(400_000_000n),
    },
    {
      kind: "fee",
      item: "web_search",
      model: MODEL,
      quantity: 1,
      unitAmount: picoUsd(10_000_000_001n),
      amount: picoUsd(10_000_000_001n),
    },
  ],
  total: picoUsd(10_400_000_001n),
  basis: [],
  thinkingTokens: null,
  remarks: [],
};
const NOBODY = { team: null, user: null, userType: null };

describe("compileShowback", () => {
  test("shows the cost with the margin of the first rule that fits, rounded once", () => {
    const showback = compileShowback([
      { team: "search", marginPercent: "50" },
      { userType: "free", marginPercent: "-100" },
      { marginPercent: "0" },
    ]);
    expect(showback(BILL, { ...NOBODY, team: "search" })).toBe(15_600_000_002n);
    expect(showback(BILL, { ...NOBODY, userType: "free" })).toBe(0n);
    expect(showback(BILL, NOBODY)).toBe(BILL.total);
  });

  test("shows own prices where there are some, and cost with the margin elsewhere", () => {
    const showback = compileShowback([
      { user: "acme", marginPercent: "10", prices: { [MODEL]: { input: "9", output: "9" } } },
    ]);
    expect(showback(BILL, { ...NOBODY, user: "acme" })).toBe(900_000_000n + 11_000_000_001n);
    expect(showback(BILL, NOBODY)).toBeNull();
  });

  test.each([[{ team: "a" }], [{ marginPercent: "abc" }], [{ marginPercent: "-100.5" }]])(
    "refuses %j",
    (rule) => {
      expect(() => compileShowback([rule])).toThrow(/CATALOGUE_OVERRIDE_INVALID/);
    },
  );
});
