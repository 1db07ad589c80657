import { z } from "zod";
import { PurserError } from "../../base/index.ts";
import { defineOperation } from "../operation.ts";
import { count } from "../output-values.ts";
import { existingJob, gatewayField, jobField, withGateway } from "./job-gateway.ts";

export const batchCancel = defineOperation({
  name: "batch-cancel",
  path: ["batch", "cancel"],
  title: "Cancel a job",
  summary: "Asks for every batch of a job to be canceled; requests that are done stay billed.",
  effects: "changes",
  positional: "job",
  localOnly: true,
  input: z.strictObject({ job: jobField, ...gatewayField }),
  output: z.object({
    job: z.string(),
    canceling: count().describe("Batches that were asked to stop."),
    ended: count().describe("Batches that had ended already."),
    not_submitted: count().describe("Parts without a batch."),
  }),
  examples: [{ says: "by its id", input: { job: "job_01k" } }],
  async run(input, context) {
    const { batchJobs: jobs } = await context.state();
    const { id } = await existingJob(jobs, input.job);
    const parts = await jobs.parts(id);
    return withGateway(input, context, async (calls) => {
      const told = { canceling: 0, ended: 0, not_submitted: 0 };
      for (const { batch } of parts) {
        const found = batch === null ? null : await calls.batch(batch).catch(unreachable);
        if (found === null) told.not_submitted += 1;
        else if (found.status === "ended") told.ended += 1;
        else {
          await calls.cancel(found.id).catch(unreachable);
          told.canceling += 1;
        }
      }
      return { job: id, ...told };
    });
  },
});

function unreachable(error: unknown): never {
  const what = error instanceof Error ? error.message.slice(0, 200) : "it did not answer";
  throw new PurserError("BATCH_GATEWAY_UNREACHABLE", { what });
}
