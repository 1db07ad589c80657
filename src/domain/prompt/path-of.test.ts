import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BlockFingerprint,
  type Chain,
  createPrefixIndex,
  type PrefixIndex,
  type PrefixNode,
  type PromptBlock,
  type PromptPath,
  pathOf,
} from "./index.ts";

const fingerprint = ({ content }: PromptBlock) => `f(${content})` as BlockFingerprint;
const chain: Chain = (parent, block) =>
  `${parent ?? ""}/${block.role}:${block.fingerprint}` as PrefixNode;

function block(content: string, more: Partial<PromptBlock> = {}): PromptBlock {
  return {
    section: "messages",
    type: "text",
    role: "user",
    messageIndex: 0,
    content,
    bytes: content.length,
    cacheLifetime: null,
    ...more,
  };
}

function place(contents: readonly PromptBlock[], known: PrefixIndex): PromptPath {
  const question = { blocks: contents, automaticMarker: null, fingerprint, chain, known };
  const path = pathOf(question);
  if (path === null) throw new Error("no blocks");
  return path;
}

describe("pathOf", () => {
  test("keeps only what is new since the nearest known ancestor", () => {
    const known = createPrefixIndex();
    const turns = ["a", "b", "c", "d"].map((content) => block(content));
    const first = place(turns.slice(0, 2), known);
    expect(first).toMatchObject({ parent: null, depth: 2, parentDepth: 0 });
    known.remember(first.node);
    const second = place(turns, known);
    expect(second).toMatchObject({ parent: first.node, depth: 4, parentDepth: 2 });
    expect(second.blocks.map((stored) => stored.fingerprint)).toEqual(["f(c)", "f(d)"]);
    known.remember(second.node);
    expect(place(turns, known)).toMatchObject({ parent: second.node, blocks: [] });
  });

  test("tells prompts apart by role as well as by content, and keeps no text", () => {
    const known = createPrefixIndex();
    const user = place([block("secret")], known);
    const assistant = place([block("secret", { role: "assistant" })], known);
    expect(user.node).not.toBe(assistant.node);
    const { blocks } = place([block("x")], known);
    expect(Object.keys(blocks[0] ?? {}).sort()).toEqual([
      "bytes",
      "fingerprint",
      "role",
      "section",
      "type",
    ]);
  });

  test("gives markers by their position, and no path for no blocks", () => {
    const known = createPrefixIndex();
    const path = place([block("a"), block("b", { cacheLifetime: "1h" })], known);
    expect(path.markers).toEqual([{ position: 1, lifetime: "1h" }]);
    const nothing = { blocks: [], automaticMarker: null, fingerprint, chain, known };
    expect(pathOf(nothing)).toBeNull();
  });

  test("lets the whole prompt be found again by following parents, whatever was forgotten", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        (prompts, nodesMax) => {
          const known = createPrefixIndex({ nodesMax });
          const written = new Map<string, PromptPath>();
          for (const prompt of prompts) {
            const path = place(
              prompt.map((content) => block(content)),
              known,
            );
            if (!written.has(path.node)) written.set(path.node, path);
            known.remember(path.node);
            expect(contentsOf(path, written)).toEqual(prompt.map((content) => `f(${content})`));
            expect(path.depth - path.parentDepth).toBe(path.blocks.length);
            expect(known.size()).toBeLessThanOrEqual(nodesMax);
          }
        },
      ),
    );
  });
});

function contentsOf(path: PromptPath, written: ReadonlyMap<string, PromptPath>): readonly string[] {
  const own = path.blocks.map((stored) => stored.fingerprint as string);
  if (path.parent === null) return own;
  const parent = written.get(path.parent);
  if (parent === undefined) throw new Error("a parent that was never written");
  expect(parent.depth).toBe(path.parentDepth);
  return [...contentsOf(parent, written), ...own];
}

describe("createPrefixIndex", () => {
  test("forgets the least recently used first", () => {
    const index = createPrefixIndex({ nodesMax: 2 });
    const [a, b, c] = ["a", "b", "c"] as unknown as readonly [PrefixNode, PrefixNode, PrefixNode];
    index.remember(a);
    index.remember(b);
    index.has(a);
    index.remember(c);
    expect([index.has(a), index.has(b), index.has(c)]).toEqual([true, false, true]);
  });
});
