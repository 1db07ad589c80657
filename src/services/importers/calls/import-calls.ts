/** One run: every file of some paths, every record of each file, into the ledger's importer. */
import { createHash } from "node:crypto";
import type { ImportedExchange } from "../../../stores/contracts/index.ts";
import { walkFiles } from "../files/walk-files.ts";
import type { CallReader, ImportedCall } from "./imported-call.ts";
import { contentOf, type PricingContext, toExchange } from "./to-exchange.ts";

/** Problems and differences told one by one; the rest is counted. */
const TOLD_MAX = 100;

export type ImportProblem = { readonly file: string; readonly line: number; readonly what: string };

/** A call whose recorded cost is not our bill. */
export type CostDifference = {
  readonly file: string;
  readonly line: number;
  readonly model: string;
  readonly recordedPicoUsd: bigint;
  readonly billedPicoUsd: bigint;
};

export type ImportTally = {
  files: number;
  records: number;
  unpriced: number;
  problemCount: number;
  readonly problems: ImportProblem[];
  /** Lines that are no calls, by kind. */
  readonly noCalls: Map<string, number>;
  /** Records with a cost of their own that has a bill to be compared with. */
  compared: number;
  recordedPicoUsd: bigint;
  billedPicoUsd: bigint;
  differenceCount: number;
  readonly differences: CostDifference[];
};

export type ImportRun = {
  readonly paths: readonly string[];
  readonly read: CallReader;
  /** Whether a file found in a folder is of the source. */
  readonly takes: (name: string) => boolean;
  readonly pricing: PricingContext;
  readonly add: (exchange: ImportedExchange) => Promise<void>;
  readonly signal: AbortSignal;
};

/** Kinds of lines told apart. */
const KINDS_MAX = 50;
/** Doubles of a foreign program are compared to a billionth of a dollar. */
const SAME_PICO_USD = 1_000n;

/** Errors: `IMPORT_PATH_UNREADABLE`, those of `add`; the signal's reason when it aborts. */
export async function importCalls(run: ImportRun): Promise<ImportTally> {
  const tally = emptyTally();
  const problem = (file: string, line: number, what: string): void => {
    tally.problemCount += 1;
    if (tally.problems.length < TOLD_MAX) tally.problems.push({ file, line, what });
  };
  const files = walkFiles(run.paths, {
    takes: run.takes,
    onProblem: (path, what) => problem(path, 0, what),
  });
  for (const file of files) {
    tally.files += 1;
    const occurrences = new Map<string, number>();
    for await (const found of run.read(file)) {
      run.signal.throwIfAborted();
      if (found.kind === "problem") problem(file, found.line, found.what);
      else if (found.kind === "no-call") countKind(tally, found.why);
      else {
        const what = await take(run, tally, {
          file,
          line: found.line,
          call: found.call,
          occurrences,
        });
        if (what !== null) problem(file, found.line, what);
      }
    }
  }
  return tally;
}

type Place = {
  readonly file: string;
  readonly line: number;
  readonly call: ImportedCall;
  readonly occurrences: Map<string, number>;
};

/** What is wrong with the record; `null` when it went in. */
async function take(run: ImportRun, tally: ImportTally, place: Place): Promise<string | null> {
  const { call } = place;
  const priced = toExchange(call, occurrenceOf(place), run.pricing);
  if (priced.kind === "unreadable") return priced.what;
  tally.records += 1;
  if (priced.exchange.settled.unbilledReason?.startsWith("unpriced") === true) tally.unpriced += 1;
  if (priced.amount !== null && call.recordedAmount !== null) {
    compare(tally, place, { recorded: call.recordedAmount, billed: priced.amount });
  }
  await run.add(priced.exchange);
  return null;
}

/** Only records without a name are told apart by how often they have come in their file. */
function occurrenceOf({ call, occurrences }: Place): number {
  if ((call.messageId ?? call.requestId ?? call.recordId) !== null) return 0;
  const key = createHash("sha1").update(contentOf(call)).digest("base64");
  const before = occurrences.get(key) ?? 0;
  occurrences.set(key, before + 1);
  return before;
}

function compare(
  tally: ImportTally,
  { file, line, call }: Place,
  { recorded, billed }: { readonly recorded: bigint; readonly billed: bigint },
): void {
  tally.compared += 1;
  tally.recordedPicoUsd += recorded;
  tally.billedPicoUsd += billed;
  const difference = recorded - billed;
  if (difference < SAME_PICO_USD && difference > -SAME_PICO_USD) return;
  tally.differenceCount += 1;
  if (tally.differences.length >= TOLD_MAX) return;
  const { model } = call;
  tally.differences.push({ file, line, model, recordedPicoUsd: recorded, billedPicoUsd: billed });
}

function countKind(tally: ImportTally, why: string): void {
  const kind = tally.noCalls.has(why) || tally.noCalls.size < KINDS_MAX ? why : "other lines";
  tally.noCalls.set(kind, (tally.noCalls.get(kind) ?? 0) + 1);
}

function emptyTally(): ImportTally {
  return {
    files: 0,
    records: 0,
    unpriced: 0,
    problemCount: 0,
    problems: [],
    noCalls: new Map(),
    compared: 0,
    recordedPicoUsd: 0n,
    billedPicoUsd: 0n,
    differenceCount: 0,
    differences: [],
  };
}
