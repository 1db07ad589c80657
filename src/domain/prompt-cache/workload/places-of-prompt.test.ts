import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type PlaceableBlock,
  type PrefixSettings,
  placesOfPrompt,
  spreadTokens,
} from "./places-of-prompt.ts";

const SETTINGS: PrefixSettings = {
  scope: "claude-opus-5",
  speed: null,
  serverTools: "",
  toolChoice: "auto",
  thinking: null,
  effort: null,
  hasImages: false,
};
const block = (
  section: PlaceableBlock["section"],
  type: string,
  role: PlaceableBlock["role"] = null,
): PlaceableBlock => ({
  section,
  type,
  role,
  bytes: 10,
  fingerprint: `${section}-${type}`,
});
const BLOCKS = [
  block("tools", "tool"),
  block("system", "text"),
  block("messages", "text", "user"),
  block("messages", "thinking", "assistant"),
  block("messages", "tool_use", "assistant"),
  block("messages", "tool_result", "user"),
];

function keysFor(settings: Partial<PrefixSettings>): ReadonlyMap<string, string> {
  const places = placesOfPrompt({
    blocks: BLOCKS,
    tokens: BLOCKS.map(() => 5),
    settings: { ...SETTINGS, ...settings },
    chain: (parent, next) => `${parent}>${next}`,
  });
  const blocks = places.filter(({ kind }) => kind !== "settings");
  return new Map(blocks.map(({ key }, index) => [BLOCKS[index]?.fingerprint ?? "", key]));
}

describe("placesOfPrompt", () => {
  test("placesOfPrompt names the kinds, and lets no marker stand on thinking", () => {
    const places = placesOfPrompt({
      blocks: BLOCKS,
      tokens: BLOCKS.map(() => 5),
      settings: SETTINGS,
      chain: (parent, next) => `${parent}>${next}`,
    });
    const shown = places.filter(({ kind }) => kind !== "settings");
    expect(shown.map(({ kind }) => kind)).toEqual([
      "tools",
      "system",
      "user_text",
      "assistant",
      "tool_use",
      "tool_result",
    ]);
    expect(shown.map(({ markable }) => markable)).toEqual([true, true, true, false, true, true]);
  });

  test.each([
    ["scope", { scope: "claude-opus-5-5" }, ["tools-tool", "system-text", "messages-text"]],
    ["speed", { speed: "fast" }, ["system-text", "messages-text"]],
    ["server tools", { serverTools: "web_search" }, ["system-text", "messages-text"]],
    ["tool choice", { toolChoice: "any" }, ["messages-text"]],
    ["thinking", { thinking: "enabled:1024" }, ["messages-text"]],
    ["images", { hasImages: true }, ["messages-text"]],
  ] as const)(
    "placesOfPrompt invalidates what the provider does when %s changes",
    (_name, changed, invalidated) => {
      const before = keysFor({});
      const after = keysFor(changed);
      const differing = ["tools-tool", "system-text", "messages-text"].filter(
        (name) => before.get(name) !== after.get(name),
      );
      expect(differing).toEqual([...invalidated]);
    },
  );
});

describe("spreadTokens", () => {
  test("spreadTokens always sums to what was billed, and never gives less than nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000), { minLength: 1 }),
        fc.nat(1_000_000),
        (weights, total) => {
          const spread = spreadTokens(weights, total);
          const sum = spread.reduce((all, tokens) => all + tokens, 0);
          expect(sum).toBe(weights.some((weight) => weight > 0) ? total : 0);
          expect(Math.min(...spread)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
