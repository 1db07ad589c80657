import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationMs } from "../../base/index.ts";
import {
  type CachePolicy,
  type CallFacts,
  compilePolicies,
  NO_POLICIES,
  type Policy,
  type PolicyMatch,
} from "./index.ts";

const NOBODY: CallFacts = {
  endpoint: null,
  model: null,
  key: null,
  team: null,
  user: null,
  session: null,
  userType: null,
  tags: {},
};

function policy(name: string, match: PolicyMatch, more: Partial<CachePolicy> = {}): CachePolicy {
  return {
    name,
    lever: "cache",
    match,
    mode: "apply",
    holdOut: 0.05,
    cache: { ownMarkers: "respect", stampedeHoldMsMax: durationMs(0), seed: 1 },
    ...more,
  };
}

const digest = (text: string) => `v${text.length}`;

const overnight: Policy = {
  name: "overnight",
  lever: "defer",
  match: { endpoints: ["nightly"] },
  mode: "apply",
  deadlineMs: durationMs(3_600_000),
  delivery: "hold",
};

describe("compilePolicies", () => {
  test("compilePolicies keeps the order of each lever apart from the others", () => {
    const snapshot = compilePolicies(
      [policy("all", {}), overnight, { ...overnight, name: "never reached" }],
      digest,
    );
    const nightly = { ...NOBODY, endpoint: "nightly" };
    expect(snapshot.deferFor(nightly)?.name).toBe("overnight");
    expect(snapshot.cacheFor(nightly)?.name).toBe("all");
    expect(snapshot.deferFor({ ...NOBODY, endpoint: "chat" })).toBeNull();
    const watched = compilePolicies([{ ...overnight, mode: "observe" }, overnight], digest);
    expect(watched.deferFor(nightly)).toBeNull();
  });

  test("compilePolicies gives the first entry that fits", () => {
    const snapshot = compilePolicies(
      [
        policy("chat", { endpoints: ["chat"], teams: ["a", "b"] }),
        policy("tagged", { tags: { env: "prod" } }),
        policy("rest", {}),
      ],
      digest,
    );
    expect(snapshot.cacheFor({ ...NOBODY, endpoint: "chat", team: "b" })?.name).toBe("chat");
    expect(snapshot.cacheFor({ ...NOBODY, endpoint: "chat", team: "c" })?.name).toBe("rest");
    expect(snapshot.cacheFor({ ...NOBODY, tags: { env: "prod" } })?.name).toBe("tagged");
    expect(snapshot.cacheFor(NOBODY)?.name).toBe("rest");
  });

  test("compilePolicies lets an entry that observes shield calls from those below it", () => {
    const snapshot = compilePolicies(
      [policy("not these", { userTypes: ["vip"] }, { mode: "observe" }), policy("rest", {})],
      digest,
    );
    expect(snapshot.cacheFor({ ...NOBODY, userType: "vip" })).toBeNull();
    expect(snapshot.cacheFor(NOBODY)?.name).toBe("rest");
  });

  test("compilePolicies never matches an absent attribute, whatever the values are", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
        const matches: PolicyMatch[] = [
          { endpoints: values },
          { models: values },
          { keys: values },
          { teams: values },
          { userTypes: values },
          { tags: { [values[0] ?? ""]: "x" } },
        ];
        for (const match of matches) {
          expect(compilePolicies([policy("p", match)], digest).cacheFor(NOBODY)).toBeNull();
        }
      }),
    );
  });

  test("compilePolicies has a version that follows its content, and none without policies", () => {
    expect(NO_POLICIES.version).toBe("none");
    expect(NO_POLICIES.cacheFor(NOBODY)).toBeNull();
    const texts: string[] = [];
    const noting = (text: string) => {
      texts.push(text);
      return "v";
    };
    compilePolicies([policy("a", {})], noting);
    compilePolicies([policy("a", { models: ["m"] })], noting);
    expect(new Set(texts).size).toBe(2);
  });
});
