import { describe, expect, test } from "vitest";
import type { PlaceKind } from "../workload/prefix-tree.ts";
import { createPlanner, type PlannerOptions } from "./create-planner.ts";
import type { PromptPlace } from "./live-tree.ts";

const OPTIONS: PlannerOptions = {
  prefixTokensMin: 512,
  ratios: { read: 0.1, write5m: 1.25, write1h: 2 },
};
const MINUTE_MS = 60_000;

/** A prompt of one session: tools, a system prompt, then `turns` pairs of answer and tool result. */
function agentPrompt(
  session: string,
  turns: number,
  kind: PlaceKind = "tool_result",
): PromptPlace[] {
  const place = (key: string, tokens: number, of: PlaceKind): PromptPlace => ({
    key,
    tokens,
    kind: of,
    markable: true,
  });
  const prompt = [
    place("tools", 5_000, "tools"),
    place("system", 2_000, "system"),
    place(`${session}-0`, 500, "user_text"),
  ];
  for (let turn = 1; turn <= turns; turn += 1) {
    prompt.push(
      place(`${session}-${turn}a`, 200, "assistant"),
      place(`${session}-${turn}b`, 1_500, kind),
    );
  }
  return prompt;
}

describe("createPlanner", () => {
  test("createPlanner never gives more than four markers, nor a short lifetime before a long one", () => {
    const planner = createPlanner(OPTIONS);
    for (let step = 0; step < 2_000; step += 1) {
      const prompt = agentPrompt(`s${step % 7}`, Math.floor(step / 7) % 40);
      const markers = planner.plan(prompt, step * 7_000 + (step % 50 === 0 ? 20 * MINUTE_MS : 0));
      expect(markers.length).toBeLessThanOrEqual(4);
      const blocks = markers.map(({ block }) => block);
      expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
      expect(new Set(blocks).size).toBe(blocks.length);
      const lifetimes = markers.map(({ lifetime }) => lifetime).join(" ");
      expect(lifetimes).not.toContain("5m 1h");
    }
  });

  test("createPlanner marks the end of an agent's prompt from the first request on", () => {
    const planner = createPlanner(OPTIONS);
    const prompt = agentPrompt("s", 3);
    expect(planner.plan(prompt, 0).at(-1)?.block).toBe(prompt.length - 1);
  });

  test("createPlanner stops writing what is never asked for again", () => {
    const planner = createPlanner(OPTIONS);
    const lone = (index: number): PromptPlace[] => [
      { key: `lone-${index}`, tokens: 4_000, kind: "user_text", markable: true },
    ];
    const marked = Array.from(
      { length: 300 },
      (_, index) => planner.plan(lone(index), index * 5_000).length,
    );
    expect(marked.slice(20).every((count) => count === 0)).toBe(true);
  });

  test("createPlanner writes prompts once they turn out to be asked for again", () => {
    const planner = createPlanner(OPTIONS);
    let last: number[] = [];
    for (let index = 0; index < 400; index += 1) {
      const prompt: PromptPlace[] = [
        { key: `again-${Math.floor(index / 4)}`, tokens: 4_000, kind: "user_text", markable: true },
      ];
      last = planner.plan(prompt, index * 20_000).map(({ block }) => block);
    }
    expect(last).toEqual([0]);
  });

  test("createPlanner holds a conversation for an hour where people pause, by a small step at its end", () => {
    const planner = createPlanner(OPTIONS);
    let markers: readonly { block: number; lifetime: string }[] = [];
    let nowMs = 0;
    for (let turn = 1; turn < 60; turn += 1) {
      nowMs += turn % 4 === 0 ? 20 * MINUTE_MS : 30_000;
      markers = planner.plan(agentPrompt("s", turn), nowMs);
    }
    expect(markers.some(({ lifetime }) => lifetime === "1h")).toBe(true);
  });

  test("createPlanner marks nothing under the model's minimum", () => {
    const planner = createPlanner({ ...OPTIONS, prefixTokensMin: 4_096 });
    expect(
      planner.plan([{ key: "a", tokens: 4_095, kind: "tool_result", markable: true }], 0),
    ).toEqual([]);
  });

  test("createPlanner forgets the least recently used, and plans on within its bounds", () => {
    const planner = createPlanner({ ...OPTIONS, prefixesMax: 64 });
    for (let index = 0; index < 500; index += 1) {
      planner.plan(agentPrompt(`s${index}`, 3), index * 1_000);
    }
    const prompt = agentPrompt("s499", 4);
    expect(planner.plan(prompt, 501_000).at(-1)?.block).toBe(prompt.length - 1);
    expect(planner.plan(agentPrompt("long", 40), 502_000)).toEqual([]);
  });

  test("createPlanner says what it learned", () => {
    const planner = createPlanner(OPTIONS);
    for (let turn = 0; turn < 20; turn += 1) planner.plan(agentPrompt("s", turn), turn * 10_000);
    expect(planner.explain().join("\n")).toMatch(
      /tool_result, turns 3 to 9: asked for again within 5 minutes \d/,
    );
  });
});
