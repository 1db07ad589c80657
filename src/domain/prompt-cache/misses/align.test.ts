import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignBlocks, type KeyedBlock } from "./align.ts";

const keys = (section: KeyedBlock["section"], max: number) =>
  fc.array(
    fc.constantFrom("a", "b", "c", "d", "e", "f").map((key): KeyedBlock => ({ section, key })),
    { maxLength: max },
  );
const prompts = fc
  .tuple(keys("tools", 4), keys("system", 3), keys("messages", 8))
  .map((sections) => sections.flat());

const messages = (...list: readonly string[]): readonly KeyedBlock[] =>
  list.map((key) => ({ section: "messages", key }));

describe("alignBlocks", () => {
  test("alignBlocks never links two blocks to one, nor blocks of different content or section", () => {
    fc.assert(
      fc.property(prompts, prompts, (earlier, later) => {
        const { links } = alignBlocks(earlier, later);
        const linked = [...links].filter((link) => link !== -1);
        expect(new Set(linked).size).toBe(linked.length);
        links.forEach((link, index) => {
          if (link !== -1) expect(earlier[link]).toEqual(later[index]);
        });
      }),
    );
  });

  test("alignBlocks links everything up to where the two part, and sees no divergence in what goes on", () => {
    fc.assert(
      fc.property(prompts, keys("messages", 5), (earlier, added) => {
        const { links, divergence } = alignBlocks(earlier, [...earlier, ...added]);
        expect(divergence).toBeNull();
        // Tools of equal content are one tool twice; the provider takes no such request.
        const twice = new Set(earlier.map(({ section, key }) => `${section}${key}`));
        if (twice.size === earlier.length) {
          expect([...links.slice(0, earlier.length)]).toEqual(earlier.map((_, index) => index));
        }
      }),
    );
  });

  test("alignBlocks finds its way back after a message was changed, dropped or put in", () => {
    const links = (later: readonly KeyedBlock[]) => [
      ...alignBlocks(messages("a", "b", "c", "d"), later).links,
    ];
    expect(links(messages("a", "X", "c", "d", "e"))).toEqual([0, -1, 2, 3, -1]);
    expect(links(messages("c", "d", "e"))).toEqual([2, 3, -1]);
    expect(links(messages("a", "X", "Y", "b", "c"))).toEqual([0, -1, -1, 1, 2]);
  });
});
