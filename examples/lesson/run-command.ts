/** Runs Purser's own command line in this process, with the models and prices of this version. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { instant, parseInstant } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { type CommandLineIo, runCommandLine } from "../../src/faces/cli/index.ts";
import type { OperationContext } from "../../src/operations/index.ts";

/** The day on which commands without `--at` are run, so that the page is the same tomorrow. */
export const TODAY = "2026-11-25";
const ROOT = resolve(import.meta.dirname, "../..");

export type Answer = Readonly<Record<string, unknown>>;

/** The answer as `--json` prints it. Throws what the command says when it fails. */
export async function runPurser(words: readonly string[]): Promise<Answer> {
  let out = "";
  let talk = "";
  const surface = { isTerminal: false, columns: null, colours: false };
  const io: CommandLineIo = {
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      talk += text;
    },
    out: surface,
    error: surface,
    readInput: () => Promise.resolve(null),
    readFile: (path) => readFile(resolve(ROOT, path), "utf8"),
    copyOut: () => Promise.resolve(),
  };
  await runCommandLine({
    words: [...words, "--json"],
    version: "lesson",
    programs: [],
    withContext: (_place, use) => use(contextOfLesson()),
    io,
  });
  if (out === "") throw new Error(`purser ${words.join(" ")}: ${talk}`);
  return JSON.parse(out) as Answer;
}

function contextOfLesson(): OperationContext {
  const now = parseInstant(TODAY) ?? instant(0);
  const catalogue = compileCatalogue();
  const none = () => {
    throw new Error("the lesson needs no configuration and no ledger");
  };
  return {
    clock: { now: () => now, monotonicMs: () => 0 },
    catalogue: () => catalogue,
    config: none,
    ledger: none,
    scratchFile: none,
    probes: {} as OperationContext["probes"],
    signal: new AbortController().signal,
  } as unknown as OperationContext;
}
