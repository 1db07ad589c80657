import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { formatInstant, formatUsd, instant, PurserError } from "../../base/index.ts";
import { JOB_TAG, type UpstreamCalls } from "../../services/batch/index.ts";
import type { BatchJob, BatchJobPart } from "../../stores/contracts/index.ts";
import type { BatchObject } from "../../wire/batches/index.ts";
import type { OperationContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { count, usd } from "../output-values.ts";
import { existingJob, gatewayField, jobField, withGateway } from "./job-gateway.ts";

const LOOK_AGAIN_MS = 10_000;

const output = z.object({
  job: z.string(),
  requests: count(),
  batches: z.array(
    z.object({
      part: count(),
      batch: z.string().nullable(),
      status: z.string().describe("waiting, sending, or what the API says of the batch."),
      requests: count(),
      succeeded: count(),
      errored: count(),
      canceled: count(),
      expired: count(),
    }),
  ),
  ended: count().describe("Batches that have ended."),
  measured_usd: usd().nullable().describe("What the ledger here has billed so far."),
  estimated_usd: usd().nullable().describe("The worst case of what is not billed yet."),
  done_by: z
    .string()
    .nullable()
    .describe("As long as its ended batches took, from the last creation; null until one ended."),
  expires_by: z.string().nullable().describe("When its last batch expires."),
});
type Look = z.output<typeof output>;

export const batchWatch = defineOperation({
  name: "batch-watch",
  path: ["batch", "watch"],
  title: "Progress of a job",
  summary:
    "Shows how the batches of a job stand, what they cost so far, and when they may be done.",
  effects: "reads",
  positional: "job",
  localOnly: true,
  input: z.strictObject({
    job: jobField,
    follow: z.boolean().default(false).describe("Go on until every batch has ended."),
    ...gatewayField,
  }),
  output,
  examples: [
    { says: "as it is now", input: { job: "job_01k" } },
    { says: "until it is done", input: { job: "job_01k", follow: true } },
  ],
  async *follow(input, context) {
    for (;;) {
      const { batches, ...look } = await lookAt(input, context);
      yield look;
      if (look.ended === batches.length || context.signal.aborted) return;
      await sleep(LOOK_AGAIN_MS, undefined, { signal: context.signal }).catch(() => {});
      if (context.signal.aborted) return;
    }
  },
  run: lookAt,
});

type WatchInput = { readonly job: string; readonly baseUrl?: string | undefined };

async function lookAt(input: WatchInput, context: OperationContext): Promise<Look> {
  const { batchJobs: jobs } = await context.state();
  const job = await existingJob(jobs, input.job);
  const parts = await jobs.parts(job.id);
  const found = await withGateway(input, context, (calls) => batchesOf(parts, calls));
  const cost = await costSoFar(job, context);
  const ended = found.filter((batch) => batch?.status === "ended");
  return {
    job: job.id,
    requests: parts.reduce((sum, part) => sum + part.requests, 0),
    batches: parts.map((part, index) => rowOf(part, found[index] ?? null)),
    ended: ended.length,
    ...cost,
    done_by: doneBy(found),
    expires_by: latest(found.map((batch) => Date.parse(batch?.expiresAt ?? ""))),
  };
}

async function batchesOf(
  parts: readonly BatchJobPart[],
  calls: UpstreamCalls,
): Promise<readonly (BatchObject | null)[]> {
  const found: (BatchObject | null)[] = [];
  for (const { batch } of parts) {
    found.push(
      batch === null
        ? null
        : await calls.batch(batch).catch((error: unknown) => {
            const what = error instanceof Error ? error.message.slice(0, 200) : "no answer";
            throw new PurserError("BATCH_GATEWAY_UNREACHABLE", { what });
          }),
    );
  }
  return found;
}

function rowOf(part: BatchJobPart, found: BatchObject | null): Look["batches"][number] {
  const { succeeded = 0, errored = 0, canceled = 0, expired = 0 } = found?.counts ?? {};
  return {
    part: part.number + 1,
    batch: part.batch,
    status: found?.status ?? (part.state === "submitted" ? "unknown" : part.state),
    requests: part.requests,
    ...{ succeeded, errored, canceled, expired },
  };
}

/** Nothing where no ledger is here: the gateway may run on another machine. */
async function costSoFar({ id, createdAt }: BatchJob, context: OperationContext) {
  try {
    const ledger = await context.ledger();
    const dimension = `tag:${JOB_TAG}` as const;
    const { total } = await ledger.spend({
      ...{ since: createdAt, until: null, by: [], top: null },
      where: [{ dimension, comparison: "is", value: id }],
    });
    return {
      measured_usd: formatUsd(total.measuredAmount),
      estimated_usd: formatUsd(total.estimatedAmount),
    };
  } catch (error) {
    if (!(error instanceof PurserError && error.code === "LEDGER_NOT_FOUND")) throw error;
    return { measured_usd: null, estimated_usd: null };
  }
}

/** The API counts nothing before a batch ends, so its pace is that of the batches before it. */
function doneBy(found: readonly (BatchObject | null)[]): string | null {
  const known = found.flatMap((batch) => batch ?? []);
  const ended = known.filter(({ endedAt }) => endedAt !== null);
  if (ended.length === 0) return null;
  const running = known.filter(({ endedAt }) => endedAt === null);
  if (running.length === 0) return latest(ended.map(({ endedAt }) => Date.parse(endedAt ?? "")));
  const took = ended.map(
    ({ createdAt, endedAt }) => Date.parse(endedAt ?? "") - Date.parse(createdAt ?? ""),
  );
  const mean = took.reduce((sum, one) => sum + one, 0) / took.length;
  return latest(running.map(({ createdAt }) => Date.parse(createdAt ?? "") + mean));
}

function latest(times: readonly number[]): string | null {
  const known = times.filter(Number.isFinite);
  return known.length === 0 ? null : formatInstant(instant(Math.round(Math.max(...known))));
}
