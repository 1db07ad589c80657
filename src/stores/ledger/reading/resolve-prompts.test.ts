import { describe, expect, test } from "vitest";
import type { PromptPath, StoredBlock } from "../../../domain/prompt/index.ts";
import type { Exchange } from "../../contracts/index.ts";
import { sampleOpened } from "../sample-entries.contract.ts";
import { PromptResolver } from "./resolve-prompts.ts";

const block = (name: string): StoredBlock => ({
  fingerprint: name as StoredBlock["fingerprint"],
  section: "messages",
  type: "text",
  role: "user",
  bytes: 10,
});

/** A chain of turns, each adding two blocks. */
const TURNS: readonly PromptPath[] = Array.from({ length: 8 }, (_, turn) => ({
  node: `n${turn}` as PromptPath["node"],
  parent: turn === 0 ? null : (`n${turn - 1}` as PromptPath["node"]),
  depth: 2 * turn + 2,
  parentDepth: 2 * turn,
  blocks: [block(`${turn}a`), block(`${turn}b`)],
  markers: [],
  automaticMarker: null,
}));

function exchangeOf(prompt: PromptPath | undefined): Exchange {
  const opened = { ...sampleOpened(0, 1), prompt: prompt ?? null };
  return { opened, settled: null, corrections: [] };
}

/** Finds a turn with all above it, and counts how often it was asked. */
function originsOf(asked: string[][]) {
  return async (nodes: readonly string[]) => {
    asked.push([...nodes]);
    const last = TURNS.findLastIndex(({ node }) => nodes.includes(node));
    return TURNS.slice(0, last + 1);
  };
}

describe("PromptResolver", () => {
  test("PromptResolver asks for what lies before the window once, and then remembers it", async () => {
    const asked: string[][] = [];
    const resolver = new PromptResolver(originsOf(asked));
    const [first, second] = await resolver.resolve([TURNS[5], TURNS[6]].map(exchangeOf));
    const [third] = await resolver.resolve([exchangeOf(TURNS[7])]);
    expect(third?.path).toHaveLength(16);
    expect(first?.path).toHaveLength(12);
    expect(second?.path?.map(({ fingerprint }) => fingerprint)).toEqual(
      TURNS.slice(0, 7).flatMap(({ blocks }) => blocks.map(({ fingerprint }) => fingerprint)),
    );
    expect(asked).toEqual([["n4"]]);
  });

  test("PromptResolver asks again for what it had to forget", async () => {
    const asked: string[][] = [];
    const resolver = new PromptResolver(originsOf(asked), 4);
    for (const [turn, path] of TURNS.entries()) {
      const [whole] = await resolver.resolve([exchangeOf(path)]);
      expect(whole?.path).toHaveLength(2 * turn + 2);
    }
    expect(asked.length).toBeGreaterThan(0);
  });

  test("PromptResolver gives a repeated prompt its blocks, and no prompt where a part is lost", async () => {
    const asked: (readonly string[])[] = [];
    const resolver = new PromptResolver(async (nodes) => {
      asked.push(nodes);
      return [];
    });
    const repeated = { ...TURNS[0], parent: TURNS[0]?.node, parentDepth: 2, blocks: [] };
    const batch = [TURNS[0], repeated as PromptPath, TURNS[4], undefined].map(exchangeOf);
    const resolved = await resolver.resolve(batch);
    expect(resolved.map(({ path }) => path?.length ?? null)).toEqual([2, 2, null, null]);
    await resolver.resolve([exchangeOf(TURNS[4])]);
    expect(asked).toEqual([["n3"]]);
  });
});
