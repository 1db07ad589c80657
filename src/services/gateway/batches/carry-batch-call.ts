import type { IncomingMessage, ServerResponse } from "node:http";
import type { BatchStore } from "../../../stores/contracts/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { BatchRoute } from "./batch-routes.ts";
import { createBatch } from "./create-batch.ts";
import { passResults } from "./pass-results.ts";
import { showBatches } from "./show-batches.ts";

export type BatchCall = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** With its query. */
  readonly path: string;
  readonly batch: BatchRoute;
  readonly store: BatchStore;
};

export async function carryBatchCall(context: GatewayContext, call: BatchCall): Promise<void> {
  const { request, response, path, batch } = call;
  switch (batch.kind) {
    case "create":
      return createBatch(context, call);
    case "results":
      return passResults(context, { ...call, batch: batch.batch });
    case "shown":
      return showBatches(context, request, response, path);
    default:
      return batch satisfies never;
  }
}
