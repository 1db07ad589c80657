/** Reports from files: a page as JSON, a list of pages, or a page on each line. */
import { readFile, stat } from "node:fs/promises";
import { type JsonValue, PurserError } from "../../base/index.ts";

/** A report of a year by the hour is far smaller. */
const FILE_BYTES_MAX = 256 * 1_048_576;

export type FoundPage = { readonly value: JsonValue; readonly where: string };

/** Errors: `REPORT_UNREADABLE`, with the file, and the line where it has many. */
export async function readReportFiles(paths: readonly string[]): Promise<readonly FoundPage[]> {
  const pages: FoundPage[] = [];
  const seen = new Map<string, string>();
  for (const path of paths) {
    for (const page of pagesIn(await textOf(path), path)) {
      const text = JSON.stringify(page.value);
      const before = seen.get(text);
      if (before !== undefined) refuse(page.where, `this page was given before, in ${before}`);
      seen.set(text, page.where);
      pages.push(page);
    }
  }
  return pages;
}

async function textOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) refuse(path, "there is no such file, or it is no file");
  if ((found?.size ?? 0) > FILE_BYTES_MAX) refuse(path, "the file is larger than 256 MiB");
  return readFile(path, "utf8").catch(() => refuse(path, "this user may not read the file"));
}

function pagesIn(text: string, path: string): readonly FoundPage[] {
  const whole = parsed(text);
  if (Array.isArray(whole)) {
    return whole.map((value, index) => ({ value, where: `${path}[${index}]` }));
  }
  if (whole !== undefined) return [{ value: whole, where: path }];
  return text.split("\n").flatMap((line, index): readonly FoundPage[] => {
    if (line.trim() === "") return [];
    const where = `${path} line ${index + 1}`;
    const value = parsed(line) ?? refuse(where, "this is not JSON, or it is cut off");
    return [{ value, where }];
  });
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function refuse(where: string, what: string): never {
  throw new PurserError("REPORT_UNREADABLE", { what, where });
}
