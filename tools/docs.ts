/**
 * `npm run docs` writes the generated pages of docs (the reference and the lesson) from the code; with `--check` it writes
 * nothing and ends with 1 when a page is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { lessonPage } from "../examples/lesson/index.ts";
import { referencePages } from "./docs/reference-pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const checkOnly = process.argv.includes("--check");
const stale: string[] = [];

const lesson = { path: "docs/lesson.md", text: await lessonPage() };

for (const { path, text } of [...referencePages(), lesson]) {
  const file = `${root}${path}`;
  if (readIfThere(file) === text) continue;
  stale.push(path);
  if (checkOnly) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

if (stale.length > 0) {
  process.stderr.write(`${checkOnly ? "stale" : "written"}: ${stale.join(", ")}\n`);
  if (checkOnly) {
    process.stderr.write("Run `npm run docs`.\n");
    process.exitCode = 1;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
