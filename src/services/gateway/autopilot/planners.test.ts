import { describe, expect, test } from "vitest";
import { instant } from "../../../base/index.ts";
import { type CatalogueOverrides, compileCatalogue } from "../../../domain/catalogue/index.ts";
import { createPlanners, type PlannerChoice } from "./planners.ts";

const AT = instant(Date.UTC(2026, 10, 25));
const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";

function learned(choice: PlannerChoice): unknown {
  if (choice.kind === "none") throw new Error(choice.reason);
  return choice.planner;
}

const RATES = { input: "4", output: "20", cacheWrite5m: "6", cacheWrite1h: "9", cacheRead: "0.4" };

describe("createPlanners", () => {
  const under = (overrides: CatalogueOverrides) => {
    const before = createPlanners(compileCatalogue());
    const kept = [OPUS, HAIKU].map((model) => learned(before.planner(model, null, AT)));
    const after = before.under(compileCatalogue(overrides), AT);
    return [OPUS, HAIKU].map(
      (model, index) => learned(after.planner(model, null, AT)) === kept[index],
    );
  };

  test("createPlanners keeps what was learned under another catalogue with the same prices", () => {
    expect(under({})).toEqual([true, true]);
    expect(under({ models: [{ id: "another-model", prices: [RATES] }] })).toEqual([true, true]);
  });

  test("createPlanners begins anew for the one model whose prices weigh otherwise", () => {
    expect(under({ models: [{ id: OPUS, prices: [RATES] }] })).toEqual([false, true]);
    expect(under({ models: [{ id: HAIKU, minimumCacheableTokens: 9_000 }] })).toEqual([
      true,
      false,
    ]);
  });

  test("createPlanners tells the new facts of a model whose learning it keeps", () => {
    const before = createPlanners(compileCatalogue());
    const planner = learned(before.planner(OPUS, null, AT));
    const other = compileCatalogue({ models: [{ id: OPUS, outputTokensMax: 7 }] });
    const choice = before.under(other, AT).planner(OPUS, null, AT);
    expect(choice).toMatchObject({ planner, facts: { outputTokensMax: 7 } });
  });
});
