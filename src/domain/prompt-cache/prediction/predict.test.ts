import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asSentPolicy } from "../policies/index.ts";
import { workloadArbitrary } from "../random-workload.examples.ts";
import { replay } from "../replay.ts";
import { createPrefixTreeBuilder, NO_NODE, type PlaceKind } from "../workload/prefix-tree.ts";
import type { PlacedMarker } from "../workload/workload.ts";
import { createCacheState } from "./cache-state.ts";
import { type CacheSetting, predictAndApply, refusalOf } from "./predict.ts";
import { type CacheAssumptions, DEFAULT_ASSUMPTIONS } from "./rules.ts";

const RATIOS = { read: 0.1, write5m: 1.25, write1h: 2 };
const MINUTE_MS = 60_000;

/** A single path of blocks of 1,000 tokens. */
function path(count: number, kind: PlaceKind, assumptions: Partial<CacheAssumptions> = {}) {
  const builder = createPrefixTreeBuilder();
  const nodes: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const parent = nodes[index - 1] ?? NO_NODE;
    nodes.push(builder.add({ parent, tokens: 1_000, kind, markable: true, firstSeenBy: 0 }));
  }
  const tree = builder.finish();
  const setting: CacheSetting = {
    tree,
    state: createCacheState(tree.size),
    prefixTokensMin: 1_024,
    assumptions: { ...DEFAULT_ASSUMPTIONS, ...assumptions },
  };
  const send = (blocks: number, startMs: number, markers: [number, "5m" | "1h"][]) =>
    predictAndApply(
      setting,
      {
        leaf: nodes[blocks - 1] ?? NO_NODE,
        tailTokens: 0,
        startMs,
        responseBeginMs: startMs + 2_000,
        cancelled: false,
      },
      markers.map(
        ([block, lifetime]): PlacedMarker => ({ node: nodes[block - 1] ?? NO_NODE, lifetime }),
      ),
    );
  return send;
}

describe("predictAndApply", () => {
  test("predictAndApply writes up to the last marker and reads it again within its lifetime", () => {
    const send = path(4, "user_text");
    expect(send(3, 0, [[2, "5m"]])).toEqual({ read: 0, write5m: 2000, write1h: 0, input: 1000 });
    expect(send(4, 5_000, [[4, "5m"]])).toEqual({
      read: 2000,
      write5m: 2000,
      write1h: 0,
      input: 0,
    });
  });

  test("predictAndApply splits mixed lifetimes into what lies between hit, hour and end", () => {
    const send = path(5, "user_text");
    send(2, 0, [[2, "5m"]]);
    const tokens = send(5, 5_000, [
      [3, "1h"],
      [4, "5m"],
    ]);
    expect(tokens).toEqual({ read: 2000, write1h: 1000, write5m: 1000, input: 1000 });
  });

  test("predictAndApply takes an hour's entry past a short one to hold the whole prefix, unless told not to", () => {
    const outcome = (assumptions: Partial<CacheAssumptions>) => {
      const send = path(3, "user_text", assumptions);
      send(2, 0, [[2, "5m"]]);
      send(3, 5_000, [[3, "1h"]]);
      return send(3, 30 * MINUTE_MS, [[3, "1h"]]).read;
    };
    expect(outcome({})).toBe(3000);
    expect(outcome({ longMarkerCarriesPrefix: false })).toBe(0);
  });

  test("predictAndApply counts the lifetime from the start of the request that wrote or read", () => {
    const send = path(2, "user_text");
    send(2, 0, [[2, "5m"]]);
    expect(send(2, 4 * MINUTE_MS, [[2, "5m"]]).read).toBe(2000);
    expect(send(2, 9 * MINUTE_MS - 1, [[2, "5m"]]).read).toBe(2000);
    expect(send(2, 14 * MINUTE_MS - 1, [[2, "5m"]]).read).toBe(0);
  });

  test("predictAndApply lets nobody read before the writer's response begins", () => {
    const send = path(2, "user_text");
    send(2, 0, [[2, "5m"]]);
    expect(send(2, 1_999, [[2, "5m"]])).toEqual({ read: 0, write5m: 2000, write1h: 0, input: 0 });
    expect(send(2, 2_000, [[2, "5m"]]).read).toBe(2000);
  });

  test("predictAndApply looks at twenty positions, the marker's own among them", () => {
    const send = path(40, "user_text");
    send(10, 0, [[10, "5m"]]);
    expect(send(15, 5_000, [[15, "5m"]]).read).toBe(10_000);
    expect(send(35, 10_000, [[35, "5m"]]).read).toBe(0);
    const near = path(40, "user_text");
    near(15, 0, [[15, "5m"]]);
    expect(near(34, 5_000, [[34, "5m"]]).read).toBe(15_000);
  });

  test("predictAndApply counts a run of tool results as one position", () => {
    const send = path(40, "tool_result");
    send(2, 0, [[2, "5m"]]);
    expect(send(40, 5_000, [[40, "5m"]]).read).toBe(2000);
  });

  test("predictAndApply leaves what is too short for the model fresh, without a word", () => {
    const send = path(2, "user_text");
    expect(send(1, 0, [[1, "5m"]])).toEqual({ read: 0, write5m: 0, write1h: 0, input: 1000 });
    expect(
      send(2, 5_000, [
        [1, "1h"],
        [2, "5m"],
      ]),
    ).toEqual({ read: 0, write5m: 2000, write1h: 0, input: 0 });
  });

  test("refusalOf names five breakpoints, and a short lifetime before a long one", () => {
    const marker = (lifetime: "5m" | "1h"): PlacedMarker => ({ node: 0, lifetime });
    expect(refusalOf(Array.from({ length: 5 }, () => marker("5m")))).toBe("too-many-breakpoints");
    expect(refusalOf([marker("5m"), marker("1h")])).toBe("short-lifetime-before-long");
    expect(refusalOf([marker("1h"), marker("5m")])).toBeNull();
  });

  test("predictAndApply always splits the whole prompt into classes, none of them below zero", () => {
    fc.assert(
      fc.property(
        workloadArbitrary,
        fc.constantFrom(0, 512, 4_096),
        (workload, prefixTokensMin) => {
          replay(workload, asSentPolicy, {
            rules: { prefixTokensMin },
            ratios: RATIOS,
            onRequest: (index, tokens) => {
              const request = workload.requests[index];
              const leaf = request?.leaf ?? NO_NODE;
              const prompt = (workload.tree.prefixTokens[leaf] ?? 0) + (request?.tailTokens ?? 0);
              expect(tokens.read + tokens.write5m + tokens.write1h + tokens.input).toBe(prompt);
              expect(
                Math.min(tokens.read, tokens.write5m, tokens.write1h, tokens.input),
              ).toBeGreaterThanOrEqual(0);
            },
          });
        },
      ),
    );
  });
});
