import { z } from "zod";
import { formatUsd, type PicoUsd } from "../base/index.ts";
import { keySecretOf } from "../services/exchange/index.ts";
import {
  callSource,
  type ImportTally,
  importCalls,
  NUMBER_STYLES,
  TABLE_FIELDS,
  TIME_STYLES,
} from "../services/importers/index.ts";
import { IMPORT_SOURCES, type ImportAnswer } from "../stores/contracts/index.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { count, usd } from "./output-values.ts";

const PATHS_MAX = 10_000;

const place = { file: z.string(), line: count().describe("0 is the file as a whole.") };

export const importOperation = defineOperation({
  name: "import",
  path: ["import"],
  title: "Calls that others recorded",
  summary:
    "Reads calls from transcripts, logs, spans and tables into the ledger, each call once, all or nothing.",
  effects: "changes",
  positional: "source",
  positionalRest: "paths",
  localOnly: true,
  input: z.strictObject({
    source: z.enum(IMPORT_SOURCES).describe("What recorded them."),
    paths: z
      .array(z.string().min(1).max(4_096))
      .min(1)
      .max(PATHS_MAX)
      .describe("Files and folders; folders are read recursively.")
      .meta({ commas: false }),
    map: z
      .array(z.string().max(400))
      .max(100)
      .default([])
      .describe(
        `Of a table: column=field, or a YAML file of column: field. Fields: ${TABLE_FIELDS.join(", ")}, tag:NAME.`,
      ),
    numbers: z
      .enum(NUMBER_STYLES)
      .default("plain")
      .describe("How a table writes figures: 1234.5, 1,234.5 or 1.234,5."),
    times: z
      .enum(TIME_STYLES)
      .default("zoned")
      .describe("How a table writes times: with a zone, in UTC without one, or since 1970."),
    model: z.string().max(300).optional().describe("What the calls of a trace are priced as."),
    start: z.string().max(40).optional().describe("When a trace begins that counts from zero."),
    dryRun: z.boolean().default(false).describe("Read and price everything, and change nothing."),
  }),
  output: z.object({
    source: z.enum(IMPORT_SOURCES),
    dry_run: z.boolean(),
    files: count(),
    records: count().describe("Lines, rows or spans that are calls."),
    ledger: z
      .object({
        added: count(),
        replaced: count().describe("Calls whose record gave way to a better one."),
        unchanged: count().describe("Calls that were there already."),
        counted_elsewhere: count().describe("Calls that the gateway measured itself."),
        removed: count().describe("Calls taken out, because the gateway turned out to have them."),
      })
      .nullable()
      .describe("What came of it; null in a dry run."),
    unpriced_records: count().describe("Without a known price; in no sum."),
    not_calls: z.record(z.string(), z.int()).describe("Lines that are no calls, by kind."),
    problem_count: count(),
    problems: z
      .array(z.object({ ...place, what: z.string() }))
      .describe("Lines that did not go in, the first 100."),
    recorded: z
      .object({
        records: count().describe("Those with a cost of their own, and a price of ours."),
        recorded_usd: usd(),
        billed_usd: usd(),
        differing: count(),
        differences: z
          .array(z.object({ ...place, model: z.string(), recorded_usd: usd(), billed_usd: usd() }))
          .describe("The first 100."),
      })
      .describe("What the source says that its calls cost, beside our bill."),
  }),
  examples: [
    {
      says: "every transcript of Claude Code on this machine",
      input: { source: "claude-code", paths: ["~/.claude/projects"] },
      shell: "purser import claude-code ~/.claude/projects",
    },
    {
      says: "a table whose columns are named otherwise",
      input: {
        source: "csv",
        paths: ["calls.csv"],
        map: ["when=at", "model=model", "in=input_tokens", "out=output_tokens"],
        times: "utc",
      },
      shell:
        "purser import csv calls.csv --map when=at,model=model,in=input_tokens,out=output_tokens --times utc",
    },
    {
      says: "look first: what would come of it",
      input: { source: "litellm", paths: ["spend-logs.jsonl"], dryRun: true },
      shell: "purser import litellm spend-logs.jsonl --dry-run",
    },
  ],
  isFinding: (output) => output.problem_count > 0,
  async run(input, context) {
    const { source, paths } = input;
    const { read, takes } = callSource(source, {
      ...input,
      model: input.model ?? null,
      start: readOptionalMoment(input.start, context.clock.now(), "start"),
    });
    // A dry run makes no data directory; its fingerprints go nowhere.
    const importer = input.dryRun ? null : await context.importer();
    const pricing = {
      catalogue: context.catalogue(),
      versions: {
        purser: context.probes.purserVersion,
        config: context.config().version,
        prices: context.catalogue().version,
        policy: "",
      },
      keySecret: keySecretOf(importer?.installationSecret ?? new Uint8Array()),
    };
    const add = importer?.add ?? (async () => undefined);
    const tally = await importCalls({ paths, read, takes, pricing, add, signal: context.signal });
    const answer = (await importer?.commit()) ?? null;
    return {
      source,
      dry_run: input.dryRun,
      ledger: answer === null ? null : answerOf(answer),
      ...outputOf(tally),
    };
  },
});

function answerOf(answer: ImportAnswer) {
  return {
    added: answer.added,
    replaced: answer.replaced,
    unchanged: answer.unchanged,
    counted_elsewhere: answer.countedElsewhere,
    removed: answer.removed,
  };
}

function outputOf(tally: ImportTally) {
  return {
    files: tally.files,
    records: tally.records,
    unpriced_records: tally.unpriced,
    not_calls: Object.fromEntries(tally.noCalls),
    problem_count: tally.problemCount,
    problems: [...tally.problems],
    recorded: {
      records: tally.compared,
      recorded_usd: formatUsd(tally.recordedPicoUsd as PicoUsd),
      billed_usd: formatUsd(tally.billedPicoUsd as PicoUsd),
      differing: tally.differenceCount,
      differences: tally.differences.map(
        ({ file, line, model, recordedPicoUsd, billedPicoUsd }) => ({
          file,
          line,
          model,
          recorded_usd: formatUsd(recordedPicoUsd as PicoUsd),
          billed_usd: formatUsd(billedPicoUsd as PicoUsd),
        }),
      ),
    },
  };
}
