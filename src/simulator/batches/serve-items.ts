/** Requests of a batch become results, each checked and answered as a Messages call would be. */
import type { JsonObject } from "../../base/index.ts";
import type { CallOutcome, CallRecord } from "../calls/index.ts";
import { type ApiFailure, errorBody } from "../faults/index.ts";
import { type Billed, type CallFacts, idLetters } from "../http/index.ts";
import type { ScriptedRequest } from "../matching/index.ts";
import {
  type AnswerPlan,
  checkCall,
  completeBill,
  orderedFailure,
  planAnswer,
} from "../messages/index.ts";
import { NOTHING_BILLED } from "../models/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import type { BatchItem, SimulatedBatch } from "./simulated-batch.ts";

type Served =
  | { readonly kind: "answered"; readonly plan: AnswerPlan }
  | { readonly kind: "failed"; readonly failure: ApiFailure; readonly faulted: boolean }
  | { readonly kind: "expired" };

type Facts = Pick<CallFacts, "requestModel" | "model">;
type Group = { readonly items: readonly BatchItem[]; readonly startMs: number };

export function serveItems(state: SimulatorState, batch: SimulatedBatch, group: Group): void {
  const served = group.items.map((item) => {
    const facts: Facts = { requestModel: null, model: null };
    const outcome = serve(state, batch, { item, startMs: group.startMs, facts });
    if (outcome.kind === "answered") outcome.plan.cacheUse.admitted();
    return { item, facts, outcome };
  });
  for (const { outcome } of served) {
    if (outcome.kind === "answered") outcome.plan.cacheUse.responseBegins();
  }
  for (const { item, facts, outcome } of served) {
    finish(state, batch, { item, facts, outcome, startMs: group.startMs });
  }
}

type Serving = { readonly item: BatchItem; readonly startMs: number; readonly facts: Facts };

function serve(state: SimulatorState, batch: SimulatedBatch, serving: Serving): Served {
  const { item, startMs, facts } = serving;
  const { workspace, headers } = batch;
  const body = item.params ?? {};
  const checked = checkCall(
    state,
    { body, workspace, headers, startMs, counting: false, batch: true },
    facts,
  );
  if (checked.kind === "failed") return { ...checked, faulted: false };
  const { call } = checked;
  const request = scriptedRequest(state, batch, { model: call.model.id, body });
  const spec = state.script.next(request);
  const fault = spec?.fault ?? state.faults.next(request);
  if (fault?.kind === "expire") return { kind: "expired" };
  const failure = orderedFailure(state, fault, false);
  if (failure !== null) return { kind: "failed", failure, faulted: true };
  const plan = planAnswer(state, { call, spec, fault: null, startMs, serviceTier: "batch" });
  return { kind: "answered", plan };
}

function scriptedRequest(
  state: SimulatorState,
  batch: SimulatedBatch,
  { model, body }: { readonly model: string; readonly body: JsonObject },
): ScriptedRequest {
  return {
    part: "batch-item",
    route: "POST /v1/messages/batches",
    ...{ model, body, headers: batch.headers },
    nthCall: ++state.counted.messages,
    stream: false,
  };
}

type Finished = Serving & { readonly outcome: Served };

function finish(state: SimulatorState, batch: SimulatedBatch, finished: Finished): void {
  const { item, outcome } = finished;
  const sequence = ++state.counted.requests;
  const requestId = `req_01${idLetters(state.seed, "request", sequence)}`;
  const result = resultOf(outcome, requestId);
  item.line = JSON.stringify({ custom_id: item.customId, result });
  item.end = result.type;
  item.params = null;
  if (state.calls.isOff) return;
  state.calls.add(recordOf(state, batch, { ...finished, sequence, requestId }));
}

type Result = JsonObject & { readonly type: "succeeded" | "errored" | "expired" };

function resultOf(outcome: Served, requestId: string): Result {
  switch (outcome.kind) {
    case "answered":
      return { type: "succeeded", message: outcome.plan.message };
    case "failed":
      return { type: "errored", error: errorBody(outcome.failure, requestId) };
    case "expired":
      return { type: "expired" };
    default:
      return outcome satisfies never;
  }
}

type Recorded = Finished & { readonly sequence: number; readonly requestId: string };

const OUTCOMES: Readonly<Record<Served["kind"], CallOutcome>> = {
  answered: "completed",
  failed: "rejected",
  expired: "faulted",
};

/** The bytes of an item are its batch's; they are not counted again. */
function recordOf(state: SimulatorState, batch: SimulatedBatch, item: Recorded): CallRecord {
  const { outcome, facts } = item;
  const plan = outcome.kind === "answered" ? outcome.plan : null;
  const failure = outcome.kind === "failed" ? outcome : null;
  const billed = plan === null ? UNBILLED : completeBill(state, plan, usageOf(plan));
  return {
    ...{ sequence: item.sequence, requestId: item.requestId },
    batchItem: { batchId: batch.id, customId: item.item.customId },
    messageId: plan === null ? null : String(plan.message.id),
    at: new Date(item.startMs).toISOString(),
    method: "POST",
    path: "/v1/messages/batches",
    status: failure?.failure.status ?? 200,
    outcome: failure?.faulted === true ? "faulted" : OUTCOMES[outcome.kind],
    fault: null,
    stream: false,
    requestModel: facts.requestModel,
    model: plan?.served.model ?? facts.model,
    workspace: batch.workspace,
    usage: billed.usage,
    bill: billed.bill,
    error: failure?.failure.message ?? null,
    completelySent: false,
    ...{ requestBytes: 0, requestSha256: "", responseBytes: 0, responseSha256: "" },
    requestHeaders: batch.headers,
  };
}

const UNBILLED: Billed = { usage: null, bill: NOTHING_BILLED };

function usageOf(plan: AnswerPlan): JsonObject {
  return plan.message.usage as JsonObject;
}
