import { resolve } from "node:path";
import { z } from "zod";
import { fetchResults } from "../../services/batch/index.ts";
import { defineOperation } from "../operation.ts";
import { count } from "../output-values.ts";
import { existingJob, gatewayField, jobField, withGateway } from "./job-gateway.ts";

export const batchResults = defineOperation({
  name: "batch-results",
  path: ["batch", "results"],
  title: "Results of a job",
  summary: "Writes the results of the batches that have ended; run it again for the others.",
  effects: "changes",
  positional: "job",
  localOnly: true,
  input: z.strictObject({
    job: jobField,
    output: z
      .string()
      .min(1)
      .max(4_096)
      .describe("The file; one that an earlier run wrote for this job is gone on with."),
    ...gatewayField,
  }),
  output: z.object({
    job: z.string(),
    output: z.string(),
    written: count().describe("Batches whose results are in the file, each whole."),
    waiting: count().describe("Batches that have not ended, or were not submitted yet."),
  }),
  examples: [
    {
      says: "what there is so far",
      input: { job: "job_01k", output: "answers.jsonl" },
      shell: "purser batch results job_01k --output answers.jsonl",
    },
  ],
  isFinding: ({ waiting }) => waiting > 0,
  async run(input, context) {
    const { batchJobs: jobs } = await context.state();
    const job = await existingJob(jobs, input.job);
    const output = resolve(input.output);
    const fetched = await withGateway(input, context, (calls) =>
      fetchResults({ jobs, calls, clock: context.clock }, job, output),
    );
    return { job: job.id, output, ...fetched };
  },
});
