/**
 * Sends the parts of a job, one after another. Each is `sending` on the disk before the provider can
 * have it; one without an answer is looked for in the list of batches before it goes out again.
 */
import type { Clock } from "../../../base/index.ts";
import { isJsonObject, PurserError } from "../../../base/index.ts";
import type { BatchJob, BatchJobPart, BatchJobStore } from "../../../stores/contracts/index.ts";
import {
  type BatchObject,
  createLineSplitter,
  readBatchObject,
  readResultLine,
} from "../../../wire/batches/index.ts";
import { readError } from "../../../wire/messages/index.ts";
import type { UpstreamCalls } from "../upstream-calls.ts";
import { bodyOf, requestsOf } from "./plan-parts.ts";

export type JobContext = {
  readonly jobs: BatchJobStore;
  readonly calls: UpstreamCalls;
  readonly clock: Clock;
};

const VERSION = { apiVersion: "2023-06-01", betas: [] } as const;
/** The tag by which the ledger tells what a job costs. */
export const JOB_TAG = "batch-job";
const LISTED_MAX = 1_000;
const SKEW_MS = 60_000;
/** How long a part without an answer is looked for in the list of batches. */
const UNSURE_MS = 2 * 60_000;
const RESULT_BYTES_MAX = 64 * 1024 * 1024;

/** Errors: `BATCH_JOB_REFUSED`, `BATCH_JOB_UNSURE`, `BATCH_GATEWAY_UNREACHABLE`. */
export async function submitJob(context: JobContext, job: BatchJob, path: string): Promise<void> {
  for (const part of await context.jobs.parts(job.id)) {
    if (part.state === "submitted") continue;
    if (part.state === "sending" && (await isFound(context, job, part, path))) continue;
    await sendPart(context, job, part, path);
  }
}

async function sendPart(
  { jobs, calls, clock }: JobContext,
  job: BatchJob,
  part: BatchJobPart,
  path: string,
): Promise<void> {
  if (!(await jobs.send(job.id, part.number, clock.now()))) {
    throw unsure(job, part, "another process is sending it");
  }
  const body = { bytes: part.bodyBytes, pieces: bodyOf(path, part) };
  const answer = await calls
    .create({ ...VERSION, tags: `${JOB_TAG}=${job.id}` }, body)
    .catch((error: unknown) => {
      throw unsure(job, part, reasonOf(error));
    });
  const batch = readBatchObject(answer.value);
  if (answer.status < 400 && batch.kind === "batch") {
    return jobs.submitted(job.id, part.number, batch.id);
  }
  // A failure of the server's own may have left a batch behind.
  if (answer.status < 400 || answer.status >= 500) {
    throw unsure(job, part, `the answer was ${answer.status}`);
  }
  await jobs.release(job.id, part.number);
  const said = isJsonObject(answer.value) ? readError(answer.value)?.type : null;
  throw new PurserError("BATCH_JOB_REFUSED", {
    what: `part ${part.number + 1} was refused with ${answer.status}${said ? ` (${said})` : ""}`,
    where: job.id,
  });
}

/** False when there is none, and the part may go out again. Errors: `BATCH_JOB_UNSURE`. */
async function isFound(
  context: JobContext,
  job: BatchJob,
  part: BatchJobPart,
  path: string,
): Promise<boolean> {
  const { jobs, calls, clock } = context;
  const sentAt = part.sentAt ?? 0;
  const listed = await calls.batches(LISTED_MAX).catch((error: unknown) => {
    throw new PurserError("BATCH_GATEWAY_UNREACHABLE", { what: reasonOf(error) });
  });
  let mayBe = false;
  for (const batch of listed) {
    const isSince = Date.parse(batch.createdAt ?? "") >= sentAt - SKEW_MS;
    if (!isSince || sizeOf(batch) !== part.requests || (await jobs.isKnown(batch.id))) continue;
    if (batch.status !== "ended") mayBe = true;
    else if (await isOf(context, batch, part, path)) {
      await jobs.submitted(job.id, part.number, batch.id);
      return true;
    }
  }
  if (mayBe) throw unsure(job, part, "a batch like it is under way, and its results will tell");
  if (clock.now() - sentAt < UNSURE_MS) throw unsure(job, part, "it was sent a moment ago");
  await jobs.release(job.id, part.number);
  return false;
}

function sizeOf({ counts }: BatchObject): number {
  const { processing, succeeded, errored, canceled, expired } = counts;
  return processing + succeeded + errored + canceled + expired;
}

/** Its first result tells by its custom_id. */
async function isOf(
  { calls }: JobContext,
  batch: BatchObject,
  part: BatchJobPart,
  path: string,
): Promise<boolean> {
  const splitter = createLineSplitter(RESULT_BYTES_MAX);
  for await (const piece of calls.results(batch.id)) {
    const [line] = splitter.feed(piece);
    if (line === undefined || line === null) continue;
    const reading = readResultLine(line);
    if (reading.kind !== "result") return false;
    for await (const { customId } of requestsOf(path, part)) {
      if (customId === reading.customId) return true;
    }
    return false;
  }
  return false;
}

function unsure(job: BatchJob, part: BatchJobPart, why: string): PurserError {
  return new PurserError("BATCH_JOB_UNSURE", {
    what: `part ${part.number + 1} may or may not have been submitted: ${why}`,
    where: job.id,
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
