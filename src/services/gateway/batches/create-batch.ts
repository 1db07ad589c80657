/**
 * The call that creates a batch, top to bottom: its body goes on in pieces, each only when the
 * requests that end in it are on record, so that the provider never has a whole batch that we have
 * not written down.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { BatchStore } from "../../../stores/contracts/index.ts";
import { BATCH_BODY_BYTES_MAX, BATCH_REQUESTS_MAX } from "../../../wire/batches/index.ts";
import { BatchCreation } from "../../exchange/index.ts";
import type { AdmittedCall } from "../access/index.ts";
import { attribute } from "../attributes.ts";
import { forward } from "../forward.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { betasOf } from "../headers.ts";
import { refuse } from "../refuse.ts";
import { CreatedAnswer } from "./created-answer.ts";
import { RecordedBody } from "./recorded-body.ts";

type Arriving = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly store: BatchStore;
  readonly admitted: AdmittedCall;
};

export async function createBatch(context: GatewayContext, arriving: Arriving): Promise<void> {
  const { request, response, path, admitted } = arriving;
  const length = admitted.read.get("content-length");
  if (Number(length ?? 0) > BATCH_BODY_BYTES_MAX) return refuseLarge(context, response);
  const creation = creationOf(context, arriving.store, admitted);
  if (!(await begin(context, creation, response))) return;
  const body = new RecordedBody(context, creation);
  const headers =
    length === undefined ? admitted.headers : [...admitted.headers, "content-length", length];
  const answer = new CreatedAnswer(context, { response, creation, body });
  const stream = Readable.from(body.of(request), { objectMode: false });
  forward(context, { method: "POST", path, headers, body: stream }, answer);
}

function creationOf(
  context: GatewayContext,
  store: BatchStore,
  { caller, read }: AdmittedCall,
): BatchCreation {
  const { settings, clock } = context;
  return new BatchCreation(
    { ...context, store },
    {
      at: clock.now(),
      version: {
        apiVersion: read.get("anthropic-version") ?? null,
        betas: betasOf(read.get("anthropic-beta")),
      },
      attributesOf: (metadataUserId) =>
        attribute({ caller, headers: read, metadataUserId, limits: settings }).attributes,
      callOf: () => null,
      itemBytesMax: settings.requestBodyBytesMax,
      itemsMax: BATCH_REQUESTS_MAX,
    },
  );
}

/** Nothing is forwarded when it cannot be remembered, unless the operator chose to. */
async function begin(
  context: GatewayContext,
  creation: BatchCreation,
  response: ServerResponse,
): Promise<boolean> {
  try {
    await creation.begin();
    return true;
  } catch (error) {
    if (context.settings.onLedgerFailure === "pass-unmetered") return true;
    const what = `the batch cannot be put on record (${reasonOf(error)}), so it was not forwarded`;
    context.counters.refusal("GATEWAY_LEDGER_REFUSED");
    refuse(response, { code: "GATEWAY_LEDGER_REFUSED", what, exchange: null }, true);
    return false;
  }
}

function refuseLarge(context: GatewayContext, response: ServerResponse): void {
  context.counters.refusal("GATEWAY_BODY_TOO_LARGE");
  const what = `the batch is larger than ${BATCH_BODY_BYTES_MAX} bytes`;
  refuse(response, { code: "GATEWAY_BODY_TOO_LARGE", what, exchange: null }, true);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
