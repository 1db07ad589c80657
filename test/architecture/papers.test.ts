import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const pages = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));

/** Relative targets of Markdown links, without their fragments. */
function linksOf(page: string): readonly string[] {
  const text = readFileSync(page, "utf8").replace(/```[\s\S]*?```/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target) && !target.startsWith("#"))
    .map((target) => target.replace(/#.*$/, ""));
}

describe("papers", () => {
  test("papers are there: what a visitor of the repository looks for", () => {
    const wanted = [
      "README.md",
      "ARCHITECTURE.md",
      "CONTRIBUTING.md",
      "SECURITY.md",
      "CHANGELOG.md",
      "LICENSE",
    ];
    expect(wanted.filter((file) => !existsSync(file))).toEqual([]);
  });

  test("papers link to nothing that is not there", () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => !existsSync(normalize(join(dirname(page), target))))
        .map((target) => `${page} -> ${target}`),
    );
    expect(pages.length).toBeGreaterThan(5);
    expect(broken).toEqual([]);
  });

  test("papers name only npm scripts that exist", () => {
    const scripts = Object.keys(
      (JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object }).scripts,
    );
    const named = pages.flatMap((page) =>
      [...readFileSync(page, "utf8").matchAll(/`npm run ([a-z:]+)/g)].map(
        (match) => match[1] ?? "",
      ),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test("papers have one title each, and it comes first", () => {
    const wrong = pages.filter((page) => {
      const text = readFileSync(page, "utf8").replace(/```[\s\S]*?```/g, "");
      return (
        !text.replace(/^<!--[\s\S]*?-->\s*/, "").startsWith("# ") ||
        (text.match(/^# /gm) ?? []).length !== 1
      );
    });
    expect(wrong).toEqual([]);
  });

  test("papers and code speak of the project alone: no path of a machine", () => {
    const files = execFileSync("git", ["ls-files"], { encoding: "utf8" }).split("\n");
    const telling = files.filter(
      (file) =>
        /\.(ts|mjs|md|json|yaml|yml|sh)$|^\.ci\//.test(file) &&
        existsSync(file) &&
        !file.endsWith("papers.test.ts") &&
        /\/(work|root|home\/[a-z]+)\/|registry\.npmjs/.test(readFileSync(file, "utf8")),
    );
    expect(telling).toEqual([]);
  });
});
