import { describe, expect, it } from "vitest";
import { type CallFacts, compileLimits, type LimitPolicy, NO_LIMITS } from "./index.ts";

const CALL = {
  ...{ endpoint: "chat", model: "claude-haiku-5-5", key: null, team: "care" },
  ...{ user: null, session: null, userType: null, tags: {} },
} satisfies CallFacts & { user: null; session: null };

function policy(name: string, parts: Partial<LimitPolicy> = {}): LimitPolicy {
  const limits = { requestsPerMinute: 1 };
  return { name, lever: "limit", match: {}, mode: "apply", per: "all", limits, ...parts };
}

describe("compileLimits", () => {
  it("compileLimits gives every policy that fits, in order, and none that only observes", () => {
    const snapshot = compileLimits([
      policy("everybody"),
      policy("search", { match: { teams: ["search"] } }),
      policy("shadow", { mode: "advise" }),
      policy("seen", { mode: "observe" }),
      policy("care", { match: { teams: ["care"], endpoints: ["chat"] } }),
    ]);
    const names = snapshot.limitsFor(CALL).map(({ name }) => name);
    expect(names).toEqual(["everybody", "shadow", "care"]);
  });

  it("compileLimits is empty without a policy that does more than observe", () => {
    expect(compileLimits([policy("seen", { mode: "observe" })])).toBe(NO_LIMITS);
    expect(NO_LIMITS.limitsFor(CALL)).toEqual([]);
  });
});
