import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ruleFor } from "./layer-check.ts";
import { EXCUSED, type Finding, judgeCard, judgeName, judgeSizes, judgeText } from "./tidy.ts";

const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));
const code = tracked.filter(
  (file) =>
    /\.tsx?$/.test(file) && !file.includes(".generated.") && !file.startsWith("test/architecture/"),
);
const read = (file: string): string => readFileSync(file, "utf8");

function isPure(file: string): boolean {
  return !file.endsWith(".test.ts") && (ruleFor(file)?.pure ?? false);
}

/** Test bodies are lists of cases inside one `describe`; only their size as a file is held. */
function sizesOf(file: string): readonly Finding[] {
  const findings = judgeSizes(file, read(file));
  return file.endsWith(".test.ts") || file.endsWith(".contract.ts")
    ? findings.filter((finding) => finding.place === file)
    : findings;
}

describe("tidy", () => {
  test("tidy looks at every source file", () => {
    expect(code.length).toBeGreaterThan(50);
  });

  test("tidy finds only names that say what a file holds", () => {
    expect(code.flatMap(judgeName)).toEqual([]);
  });

  test("tidy finds no banned word, and no clock or chance in a pure folder", () => {
    expect(code.flatMap((file) => judgeText(file, read(file), isPure(file)))).toEqual([]);
  });

  test("tidy finds no function and no file past its bound, nor an excuse that is not needed", () => {
    const findings = code.flatMap(sizesOf);
    expect(findings.filter((finding) => EXCUSED[finding.place] === undefined)).toEqual([]);
    const found = new Set(findings.map((finding) => finding.place));
    expect(Object.keys(EXCUSED).filter((place) => !found.has(place))).toEqual([]);
  });

  test("tidy finds a card at the head of every face", () => {
    const faces = code.filter((file) => /^src\/.*\/index\.ts$/.test(file));
    expect(faces.length).toBeGreaterThan(5);
    expect(faces.flatMap((file) => judgeCard(file, read(file)))).toEqual([]);
  });

  test("tidy would notice: each rule finds what is planted", () => {
    expect(judgeName("src/base/utils.ts")).toHaveLength(1);
    expect(judgeName("src/base/MyFile.ts")).toHaveLength(1);
    expect(judgeText("a.ts", "const x = Date.now();", true)).toHaveLength(1);
    expect(judgeText("a.ts", "const x = Date.now();", false)).toHaveLength(0);
    expect(judgeText("a.ts", "export * from './b.ts';", false)).toHaveLength(1);
    const long = `export function long() {\n${"  f();\n".repeat(80)}}\n`;
    expect(judgeSizes("a.ts", long)).toEqual([
      { place: "a.ts#long", what: "82 lines in one function" },
    ]);
    expect(judgeCard("index.ts", "export {}")).toHaveLength(1);
  });
});
