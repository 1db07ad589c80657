/** The results of a job's batches, each batch's whole or not at all, in the order of the parts. */
import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { PurserError } from "../../../base/index.ts";
import type { BatchJob, BatchJobPart } from "../../../stores/contracts/index.ts";
import { type JobContext, reasonOf } from "./submit-job.ts";

export type FetchedResults = {
  /** Parts whose results are in the file now. */
  readonly written: number;
  /** Parts that have not ended, or have no batch yet. */
  readonly waiting: number;
};

/**
 * Goes on where an earlier run to the same file stopped: what it had not finished is cut off first.
 *
 * Errors: `BATCH_GATEWAY_UNREACHABLE`, `BATCH_OUTPUT_UNUSABLE`.
 */
export async function fetchResults(
  context: JobContext,
  job: BatchJob,
  output: string,
): Promise<FetchedResults> {
  const parts = await context.jobs.parts(job.id);
  const begun = parts.filter((part) => part.output === output);
  const done = begun.filter(({ outputEnd }) => outputEnd !== null && outputEnd > 0);
  let end = done.reduce((most, { outputEnd }) => Math.max(most, outputEnd ?? 0), 0);
  await cutTo(output, end, begun.length > 0);
  let written = done.length;
  for (const part of parts) {
    if (done.includes(part) || part.batch === null) continue;
    const batch = await context.calls.batch(part.batch).catch(unreachable);
    if (batch?.status !== "ended") continue;
    // A file that a kill leaves behind is known as ours by this.
    await context.jobs.written(job.id, part.number, output, 0);
    end = await append(context, part, output, end);
    await context.jobs.written(job.id, part.number, output, end);
    written += 1;
  }
  return { written, waiting: parts.length - written };
}

/** Errors: `BATCH_OUTPUT_UNUSABLE` when it is not the file that was written before. */
async function cutTo(output: string, end: number, isOurs: boolean): Promise<void> {
  const file = await open(output, openFlags(end, isOurs), 0o600).catch((error: unknown) => {
    throw unusable(output, reasonOf(error));
  });
  try {
    const { size } = await file.stat();
    if (size < end) throw unusable(output, `it is shorter than the ${end} bytes written before`);
    await file.truncate(end);
  } finally {
    await file.close();
  }
  // An empty file says nothing, and would stand in the way of the next run.
  if (end === 0) await rm(output);
}

/** A file that this job did not begin is never written over. */
function openFlags(end: number, isOurs: boolean): string {
  if (end > 0) return "r+";
  return isOurs ? "w" : "wx";
}

async function append(
  { calls }: JobContext,
  { batch }: BatchJobPart,
  output: string,
  start: number,
): Promise<number> {
  const stream = createWriteStream(output, {
    ...{ flags: start === 0 ? "w" : "r+", start, mode: 0o600, flush: true },
  });
  let bytes = 0;
  let last = NEWLINE;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of calls.results(batch ?? "")) {
      bytes += piece.length;
      last = piece.at(-1) ?? last;
      yield piece;
    }
    if (last === NEWLINE) return;
    bytes += 1;
    yield Buffer.from("\n");
  }
  try {
    await pipeline(counted, stream);
  } catch (error) {
    if (start === 0) await rm(output, { force: true });
    throw new PurserError("BATCH_GATEWAY_UNREACHABLE", { what: reasonOf(error), where: output });
  }
  return start + bytes;
}

const NEWLINE = 0x0a;

function unreachable(error: unknown): never {
  throw new PurserError("BATCH_GATEWAY_UNREACHABLE", { what: reasonOf(error) });
}

function unusable(output: string, what: string): PurserError {
  return new PurserError("BATCH_OUTPUT_UNUSABLE", { what, where: output });
}
