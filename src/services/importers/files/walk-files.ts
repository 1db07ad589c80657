/** The files under some paths: folders are read recursively, links are followed once. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { PurserError } from "../../../base/index.ts";

/** Files that one run may have. */
const FILES_MAX = 1_000_000;
/** Folders in folders. */
const DEPTH_MAX = 64;

export type WalkOptions = {
  /** Whether a file found in a folder is of the source; a file that was named is always taken. */
  readonly takes: (name: string) => boolean;
  /** Told of what is there and cannot be entered. */
  readonly onProblem: (path: string, what: string) => void;
};

/** In order of their names. Errors: `IMPORT_PATH_UNREADABLE` for a path that was named and is not there. */
export function* walkFiles(paths: readonly string[], options: WalkOptions): Generator<string> {
  const seen = new Set<string>();
  let count = 0;
  for (const path of paths) {
    for (const file of walk(path, 0, seen, options)) {
      count += 1;
      if (count > FILES_MAX) throw tooMany(path);
      yield file;
    }
  }
}

function* walk(
  path: string,
  depth: number,
  seen: Set<string>,
  options: WalkOptions,
): Generator<string> {
  const found = look(path);
  if (typeof found === "string") {
    if (depth === 0) throw unreadable(path, found);
    options.onProblem(path, found);
    return;
  }
  // A folder or file that two links lead to, or that a link leads back to, is read once.
  if (seen.has(found.real)) return;
  seen.add(found.real);
  if (!found.isFolder) {
    if (depth === 0 || (found.isFile && options.takes(path))) yield path;
    return;
  }
  if (depth > DEPTH_MAX) {
    options.onProblem(path, `is more than ${DEPTH_MAX} folders deep`);
    return;
  }
  for (const name of namesIn(path, depth, options)) {
    yield* walk(join(path, name), depth + 1, seen, options);
  }
}

function look(
  path: string,
): { readonly real: string; readonly isFolder: boolean; readonly isFile: boolean } | string {
  try {
    const stats = statSync(path);
    return { real: realpathSync(path), isFolder: stats.isDirectory(), isFile: stats.isFile() };
  } catch (error) {
    return codeOf(error);
  }
}

function namesIn(path: string, depth: number, options: WalkOptions): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (depth === 0) throw unreadable(path, codeOf(error));
    options.onProblem(path, codeOf(error));
    return [];
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EACCES: "may not be read by this user",
  EPERM: "may not be read by this user",
  ELOOP: "is a link that leads back to itself",
};

/** What the system says, in words. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return WORDS[code] ?? (code === "" ? String(error).slice(0, 200) : `cannot be read (${code})`);
}

function unreadable(where: string, what: string): PurserError {
  return new PurserError("IMPORT_PATH_UNREADABLE", { what: `it ${what}`, where });
}

function tooMany(where: string): PurserError {
  const what = `it holds more than ${FILES_MAX} files`;
  return new PurserError("IMPORT_PATH_UNREADABLE", { what, where });
}
