import { z } from "zod";
import { formatInstant } from "../../base/index.ts";
import { defineOperation } from "../operation.ts";
import { count } from "../output-values.ts";

const JOBS_MAX = 1_000;

export const batchList = defineOperation({
  name: "batch-list",
  path: ["batch", "list"],
  title: "Jobs of batches",
  summary: "Lists the files that were submitted as batches, newest first.",
  effects: "reads",
  localOnly: true,
  input: z.strictObject({
    limit: z.int().min(1).max(JOBS_MAX).default(20).describe("Jobs to show, at most."),
  }),
  output: z.object({
    jobs: z.array(
      z.object({
        job: z.string(),
        created_at: z.string(),
        file: z.string().nullable(),
        requests: count(),
        bad_lines: count(),
        parts: count(),
        submitted: count().describe("Parts that have a batch."),
        written: count().describe("Parts whose results were written to a file."),
      }),
    ),
  }),
  examples: [{ says: "the newest jobs", input: {} }],
  async run({ limit }, context) {
    const { batchJobs } = await context.state();
    const jobs = await batchJobs.list(limit);
    const rows = jobs.map(async ({ id, createdAt, source, badLines }) => {
      const parts = await batchJobs.parts(id);
      return {
        job: id,
        created_at: formatInstant(createdAt),
        file: source,
        requests: parts.reduce((sum, part) => sum + part.requests, 0),
        bad_lines: badLines,
        parts: parts.length,
        submitted: parts.filter(({ batch }) => batch !== null).length,
        written: parts.filter(({ outputEnd }) => (outputEnd ?? 0) > 0).length,
      };
    });
    return { jobs: await Promise.all(rows) };
  },
});
