import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

const NAMES = { before: "a/request.json", after: "b/request.json" };
const lines = fc.array(fc.constantFrom("a", "b", "c", "{", "}"), { maxLength: 30 });

/** Applies a diff by hand: every line of the old text is kept, dropped or preceded by new ones. */
function apply(before: string, diff: string): string {
  const old = before.split("\n");
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(2, -1)) {
    const head = /^@@ -(\d+),\d+ \+\d+,\d+ @@$/.exec(line);
    if (head !== null) {
      result.push(...old.slice(at, Number(head[1]) - 1));
      at = Number(head[1]) - 1;
    } else if (line.startsWith("+")) result.push(line.slice(1));
    else {
      if (old[at] !== line.slice(1)) throw new Error(`line ${at + 1} is not as the diff says`);
      if (line.startsWith(" ")) result.push(line.slice(1));
      at += 1;
    }
  }
  return [...result, ...old.slice(at)].join("\n");
}

describe("unifiedDiff", () => {
  test("unifiedDiff turns the one text into the other, whatever they are", () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const [before, after] = [left.join("\n"), right.join("\n")];
        const diff = unifiedDiff(before, after, NAMES);
        expect(diff === "" ? before : apply(before, diff)).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  test("unifiedDiff shows one change with three lines around it", () => {
    const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].join("\n");
    const after = before.replace("5", "five");
    expect(unifiedDiff(before, after, NAMES).split("\n")).toEqual([
      "--- a/request.json",
      "+++ b/request.json",
      "@@ -2,7 +2,7 @@",
      " 2",
      " 3",
      " 4",
      "-5",
      "+five",
      " 6",
      " 7",
      " 8",
      "",
    ]);
  });

  describe("with the patch program", () => {
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "purser-diff-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const missing = spawnSync("patch", ["--version"]).status !== 0;

    test.skipIf(missing)("unifiedDiff is understood by patch (skipped where there is none)", () => {
      const before = `${JSON.stringify({ a: [1, 2, 3], b: { c: "x" }, d: [4, 5] }, null, 2)}\n`;
      const after = `${JSON.stringify({ a: [1, 3], b: { c: "y" }, d: [4, 5, 6] }, null, 2)}\n`;
      const file = join(folder, "request.json");
      writeFileSync(file, before);
      const done = spawnSync("patch", ["-p1"], {
        cwd: folder,
        input: unifiedDiff(before, after, NAMES),
      });
      expect(done.status).toBe(0);
      expect(readFileSync(file, "utf8")).toBe(after);
    });
  });
});
