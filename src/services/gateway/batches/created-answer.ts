/** The answer to the call that creates a batch: the batch is on record before the client hears of it. */
import type { ServerResponse } from "node:http";
import { isJsonObject } from "../../../base/index.ts";
import { readBatchObject } from "../../../wire/batches/index.ts";
import { readError } from "../../../wire/messages/index.ts";
import type { BatchCreation, CreationEnd } from "../../exchange/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { UpstreamFailure } from "../upstream-failure.ts";
import type { RecordedBody } from "./recorded-body.ts";
import { type WholeAnswer, WholeAnswerHandler } from "./whole-answer.ts";

export type Created = {
  readonly response: ServerResponse;
  readonly creation: BatchCreation;
  readonly body: RecordedBody;
};

/** A batch may be made though its client has left, so the answer is waited for. */
export class CreatedAnswer extends WholeAnswerHandler {
  constructor(context: GatewayContext, { response, creation, body }: Created) {
    super(context, response, {
      outlivesClient: true,
      onAnswer: async (answer) => {
        await settle(context, creation, endOf(answer));
        return answer.body;
      },
      onFailure: async (failure) => {
        await settle(context, creation, failedEnd(body, failure));
        return { ...failure, ...body.refusal };
      },
    });
  }
}

async function settle(
  context: GatewayContext,
  creation: BatchCreation,
  end: CreationEnd,
): Promise<void> {
  if (end.kind === "created") context.counters.batchRequests += creation.size;
  const scan = creation.scanned();
  if (scan.kind === "unreadable" && end.kind === "created") {
    const message = "a batch was made whose requests could not be read; its results will be booked";
    context.log({ level: "warn", event: "batch-unread", message, data: { reason: scan.reason } });
  }
  await creation.end(end, context.clock.now());
}

function endOf({ status, headers, value }: WholeAnswer): CreationEnd {
  const { requestId } = headers;
  if (status >= 400) {
    const errorType = isJsonObject(value) ? (readError(value)?.type ?? null) : null;
    return { kind: "refused", httpStatus: status, errorType, requestId };
  }
  const batch = readBatchObject(value);
  return batch.kind === "batch"
    ? { kind: "created", batch: batch.id, requestId }
    : { kind: "unknown", reason: `the answer ${batch.reason}` };
}

function failedEnd(body: RecordedBody, failure: UpstreamFailure): CreationEnd {
  return body.isComplete
    ? { kind: "unknown", reason: failure.what }
    : { kind: "not-sent", reason: body.refusal?.code ?? failure.code };
}
