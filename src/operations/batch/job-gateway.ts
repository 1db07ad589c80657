/** The gateway as a job's commands talk to it. */
import { z } from "zod";
import { PurserError } from "../../base/index.ts";
import { connectUpstreamCalls, type UpstreamCalls } from "../../services/batch/index.ts";
import type { BatchJob, BatchJobPart, BatchJobStore } from "../../stores/contracts/index.ts";
import type { OperationContext } from "../context.ts";

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** A batch is validated before it is answered, and a large one takes its time. */
const TIMEOUT_MS = 10 * 60_000;

export const gatewayField = {
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional()
    .describe("Address of the gateway; that of the configuration if unsaid."),
};

export const jobField = z.string().min(1).max(64).describe("The job's id.");

/** Errors: `BATCH_CLIENT_KEY_MISSING`, and those of `use`. */
export async function withGateway<Value>(
  { baseUrl }: { readonly baseUrl?: string | undefined },
  context: OperationContext,
  use: (calls: UpstreamCalls) => Promise<Value>,
): Promise<Value> {
  const key = context.callerKey();
  if (key === null) {
    const what = "neither PURSER_KEY nor ANTHROPIC_API_KEY is set";
    throw new PurserError("BATCH_CLIENT_KEY_MISSING", { what });
  }
  const { host, port } = context.config().gateway;
  const calls = connectUpstreamCalls({
    url: baseUrl ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    credential: () => key,
    answerBytesMax: ANSWER_BYTES_MAX,
    timeoutMs: TIMEOUT_MS,
  });
  try {
    return await use(calls);
  } finally {
    await calls.close();
  }
}

/** Errors: `BATCH_JOB_UNKNOWN`. */
export async function existingJob(jobs: BatchJobStore, id: string): Promise<BatchJob> {
  const job = await jobs.find(id);
  if (job !== null) return job;
  const what = `there is no job "${id.slice(0, 64)}"`;
  throw new PurserError("BATCH_JOB_UNKNOWN", { what });
}

export const partOutput = z.object({
  part: z.int().describe("From 1 on."),
  requests: z.int(),
  state: z.enum(["waiting", "sending", "submitted"]),
  batch: z.string().nullable(),
});

export function toPartOutput({ number, requests, state, batch }: BatchJobPart) {
  return { part: number + 1, requests, state, batch };
}
