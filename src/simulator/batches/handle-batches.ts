/** The calls of the Message Batches API, from the path to the answer. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import { type ApiFailure, type Fault, invalidRequest, notFound } from "../faults/index.ts";
import {
  authenticate,
  BATCH_BODY_BYTES_MAX,
  type Exchange,
  pageOf,
  readBody,
  sendFailure,
  sendJson,
} from "../http/index.ts";
import {
  NOT_AN_OBJECT,
  NOT_JSON,
  orderedFailure,
  parseBody,
  TOO_LARGE,
} from "../messages/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { createBatch } from "./create-batch.ts";
import { processDueBatches } from "./process-batch.ts";
import { sendResults } from "./send-results.ts";
import { batchOnTheWire, isArchived, type SimulatedBatch } from "./simulated-batch.ts";

const ROOT = "/v1/messages/batches";

export function isBatchPath(path: string): boolean {
  return path === ROOT || path.startsWith(`${ROOT}/`);
}

type BatchCall = {
  readonly method: string;
  readonly path: string;
  readonly workspace: string;
  readonly body: JsonObject;
  readonly fault: Fault | null;
};

/** What a call is answered with; a batch stands for its results. */
type Answer = JsonObject | ApiFailure | { readonly resultsOf: SimulatedBatch };

export async function handleBatches(
  state: SimulatorState,
  exchange: Exchange,
  path: string,
): Promise<void> {
  const read = await readCall(state, exchange, path);
  if (read === "gone") return;
  if ("status" in read) return sendFailure(state, exchange, read as ApiFailure);
  const call = read as BatchCall;
  const failure = orderedFailure(state, call.fault, false);
  exchange.facts.fault = call.fault?.kind ?? null;
  if (failure !== null || call.fault?.kind === "reset") exchange.facts.outcome = "faulted";
  if (call.fault?.kind === "reset") return void exchange.response.socket?.destroy();
  if (failure !== null) return sendFailure(state, exchange, failure);
  const answer = answerCall(state, exchange, call);
  if (call.fault?.kind === "lost-response") {
    exchange.facts.outcome = "faulted";
    return void exchange.response.socket?.destroy();
  }
  await send(state, exchange, answer);
}

async function readCall(
  state: SimulatorState,
  exchange: Exchange,
  path: string,
): Promise<BatchCall | ApiFailure | "gone"> {
  const bytes = await readBody(exchange.request, BATCH_BODY_BYTES_MAX);
  if (bytes === "gone") return "gone";
  if (bytes === "too-large") return TOO_LARGE;
  exchange.body = bytes;
  const workspace = authenticate(exchange.headers, state.options);
  if (typeof workspace !== "string") return workspace;
  exchange.facts.workspace = workspace;
  const method = exchange.request.method ?? "";
  const body = method === "POST" && path === ROOT ? parseBody(bytes) : {};
  if (!isJsonObject(body)) return body === undefined ? NOT_JSON : NOT_AN_OBJECT;
  const fault = state.faults.next({
    part: "batch-call",
    route: `${method} ${path}`,
    ...{ model: "", body, headers: exchange.headers, nthCall: 0, stream: false },
  });
  return { method, path, workspace, body, fault };
}

function answerCall(state: SimulatorState, exchange: Exchange, call: BatchCall): Answer {
  processDueBatches(state);
  const { method, path, workspace, body, fault } = call;
  const show = (batch: SimulatedBatch): JsonObject =>
    batchOnTheWire(batch, state.clock.nowMs(), originOf(exchange));
  if (path === ROOT && method === "POST") {
    const created = createBatch(state, exchange, { body, workspace, fault });
    return "status" in created ? created : show(created);
  }
  if (path === ROOT && method === "GET") {
    const batches = state.batches.ofWorkspace(workspace);
    return pageOf(batches, exchange.url.searchParams, show);
  }
  const [id = "", verb = "", ...rest] = path.slice(ROOT.length + 1).split("/");
  const batch = state.batches.find(id, workspace);
  if (batch === null || rest.length > 0) return notFound(`message_batch: ${id.slice(0, 80)}`);
  switch (`${method} ${verb}`) {
    case "GET ":
      return show(batch);
    case "GET results":
      return resultsOf(state, batch);
    case "POST cancel":
      return cancel(state, batch, show);
    case "DELETE ":
      return remove(state, batch);
    default:
      return notFound("Not found");
  }
}

function resultsOf(state: SimulatorState, batch: SimulatedBatch): Answer {
  if (batch.endedMs === null) {
    return invalidRequest(`Batch ${batch.id} has no results yet: it is still being processed.`);
  }
  return isArchived(batch, state.clock.nowMs())
    ? notFound(`Batch ${batch.id} was archived: its results are no longer available.`)
    : { resultsOf: batch };
}

function cancel(
  state: SimulatorState,
  batch: SimulatedBatch,
  show: (batch: SimulatedBatch) => JsonObject,
): Answer {
  if (batch.endedMs !== null) {
    return invalidRequest(`Batch ${batch.id} cannot be canceled: it has ended.`);
  }
  batch.cancelInitiatedMs ??= state.clock.nowMs();
  return show(batch);
}

function remove(state: SimulatorState, batch: SimulatedBatch): Answer {
  if (batch.endedMs === null) {
    return invalidRequest(
      `Batch ${batch.id} cannot be deleted: it has not ended. Cancel it first.`,
    );
  }
  state.batches.remove(batch.id);
  return { id: batch.id, type: "message_batch_deleted" };
}

async function send(state: SimulatorState, exchange: Exchange, answer: Answer): Promise<void> {
  if ("status" in answer) return sendFailure(state, exchange, answer as ApiFailure);
  if ("resultsOf" in answer) return sendResults(exchange, answer.resultsOf as SimulatedBatch);
  await sendJson(state, exchange, { status: 200, body: answer as JsonObject });
}

/** The address by which the caller reached the simulator. */
function originOf(exchange: Exchange): string {
  return `http://${exchange.headers.host ?? "localhost"}`;
}
