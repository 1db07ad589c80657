import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Manifest = Record<
  "dependencies" | "devDependencies" | "optionalDependencies",
  object | undefined
>;

function manifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

const page = readFileSync("docs/dependencies.md", "utf8");

/** The package names in the first column of the section's table. */
function documented(section: string): readonly string[] {
  const body = page.split(`## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = body.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ""),
  );
}

describe("dependencies", () => {
  test.each([
    ["At run time", "package.json", "dependencies"],
    ["To develop", "package.json", "devDependencies"],
    ["Only in a clone", "clone/package.json", "optionalDependencies"],
  ] as const)(
    "dependencies %s stand on their page with a reason, and no others do",
    (section, file, key) => {
      expect(documented(section)).toEqual(Object.keys(manifest(file)[key] ?? {}).sort());
    },
  );

  test("dependencies run on the pinned Node in a clone", () => {
    const pinned = Object.values(manifest("clone/package.json").optionalDependencies ?? {});
    expect(new Set(pinned).size).toBe(1);
    if (process.platform === "linux") expect(process.version).toBe(`v${pinned[0]}`);
  });

  test("dependencies of the published package do not carry a Node", () => {
    expect(
      Object.keys(manifest("package.json").dependencies ?? {}).filter((name) =>
        name.startsWith("node"),
      ),
    ).toEqual([]);
  });
});
