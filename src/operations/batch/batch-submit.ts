import { createWriteStream } from "node:fs";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { newCallId, PurserError } from "../../base/index.ts";
import { PART_LIMITS, type PartsPlan, planParts, submitJob } from "../../services/batch/index.ts";
import type { BatchJob, BatchJobStore } from "../../stores/contracts/index.ts";
import type { OperationContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { count } from "../output-values.ts";
import { existingJob, gatewayField, partOutput, toPartOutput, withGateway } from "./job-gateway.ts";

export const batchSubmit = defineOperation({
  name: "batch-submit",
  path: ["batch", "submit"],
  title: "Submit a file of requests",
  summary: "Sends a JSONL file of requests as batches, at half price, through the gateway.",
  effects: "spends",
  positional: "file",
  localOnly: true,
  input: z.strictObject({
    file: z
      .string()
      .min(1)
      .max(4_096)
      .describe("One {custom_id, params}, or the params alone, a line; - reads standard input."),
    resume: z.string().max(64).optional().describe("A job that did not get to its end."),
    batchRequests: z
      .int()
      .min(1)
      .max(PART_LIMITS.requestsMax)
      .default(PART_LIMITS.requestsMax)
      .describe("Requests in one batch, at most."),
    ...gatewayField,
  }),
  output: z.object({
    job: z.string(),
    requests: count(),
    parts: z.array(partOutput),
    bad_line_count: count().describe("Lines that are in no batch."),
    bad_lines: z
      .array(z.object({ line: count(), what: z.string() }))
      .describe("The first 100 of them."),
  }),
  examples: [
    {
      says: "a file of requests",
      input: { file: "tickets.jsonl" },
      shell: "purser batch submit tickets.jsonl",
    },
    {
      says: "go on with a job that was stopped",
      input: { file: "tickets.jsonl", resume: "job_01k" },
      shell: "purser batch submit tickets.jsonl --resume job_01k",
    },
  ],
  isFinding: (output) => output.bad_line_count > 0,
  async run(input, context) {
    const path = await sourceOf(input.file, context);
    return withGateway(input, context, async (calls) => {
      const plan = await planParts(path, { ...PART_LIMITS, requestsMax: input.batchRequests });
      const { batchJobs: jobs } = await context.state({ create: true });
      const source = input.file === "-" ? null : path;
      const job =
        input.resume === undefined
          ? await createJob(jobs, plan, source, context)
          : await resumedJob(jobs, plan, input.resume);
      await submitJob({ jobs, calls, clock: context.clock }, job, path);
      return {
        job: job.id,
        requests: plan.requests,
        parts: (await jobs.parts(job.id)).map(toPartOutput),
        bad_line_count: plan.badLines,
        bad_lines: [...plan.told],
      };
    });
  },
});

/** Standard input is read twice, so it goes through a private file that is removed at the end. */
async function sourceOf(file: string, context: OperationContext): Promise<string> {
  if (file === "-") {
    const path = await context.scratchFile("jsonl");
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
    return path;
  }
  const path = resolve(file);
  await access(path).catch((error: NodeJS.ErrnoException) => {
    const what = `it cannot be read: ${error.code}`;
    throw new PurserError("CLI_INPUT_UNREADABLE", { what, where: file });
  });
  return path;
}

/** Errors: `BATCH_JOB_EMPTY`. */
async function createJob(
  jobs: BatchJobStore,
  { parts, badLines, digest, told }: PartsPlan,
  source: string | null,
  { clock, fillRandom }: OperationContext,
): Promise<BatchJob> {
  if (parts.length === 0) {
    const [first] = told;
    const why = first === undefined ? "" : `; line ${first.line} ${first.what}`;
    throw new PurserError("BATCH_JOB_EMPTY", { what: `it has no request${why}` });
  }
  const createdAt = clock.now();
  const id = newCallId(createdAt, fillRandom).replace(/^call_/, "job_");
  const job = { id, createdAt, source, sourceDigest: digest, badLines };
  await jobs.create(job, parts);
  return job;
}

/** Errors: `BATCH_JOB_UNKNOWN`, `BATCH_SOURCE_CHANGED`. */
async function resumedJob(jobs: BatchJobStore, plan: PartsPlan, id: string): Promise<BatchJob> {
  const job = await existingJob(jobs, id);
  const parts = await jobs.parts(id);
  const isSame =
    job.sourceDigest === plan.digest &&
    parts.length === plan.parts.length &&
    parts.every(({ bodyBytes }, index) => plan.parts[index]?.bodyBytes === bodyBytes);
  if (isSame) return job;
  const what = "its requests, or how they are cut into batches, are not those of the job";
  throw new PurserError("BATCH_SOURCE_CHANGED", { what, where: id });
}
