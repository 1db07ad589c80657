import type { IncomingMessage, ServerResponse } from "node:http";
import type { BatchStore } from "../../../stores/contracts/index.ts";
import { admitUnread } from "../access/index.ts";
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
  const admitted = admitUnread(context, request, response, path);
  if (admitted === null) return;
  switch (batch.kind) {
    case "create":
      return createBatch(context, { ...call, admitted });
    case "results":
      return passResults(context, { ...call, admitted, batch: batch.batch });
    case "shown":
      return showBatches(context, { request, response, path, admitted });
    default:
      return batch satisfies never;
  }
}
