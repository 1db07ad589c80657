/** `GET /v1/models` and `GET /v1/models/{id}`, paged as the API pages. */
import type { JsonObject } from "../../base/index.ts";
import { type ApiFailure, notFound } from "../faults/index.ts";
import {
  authenticate,
  type Exchange,
  pageOf,
  readVersion,
  sendFailure,
  sendJson,
} from "../http/index.ts";
import { findModel, modelsAt, type SimulatedModel } from "../models/index.ts";
import type { SimulatorState } from "../simulator-state.ts";

export async function handleModels(state: SimulatorState, exchange: Exchange): Promise<void> {
  const answer = answerModels(state, exchange);
  if ("status" in answer) return sendFailure(state, exchange, answer as ApiFailure);
  await sendJson(state, exchange, { status: 200, body: answer });
}

function answerModels(state: SimulatorState, exchange: Exchange): JsonObject | ApiFailure {
  const workspace = authenticate(exchange.headers, state.options);
  if (typeof workspace !== "string") return workspace;
  exchange.facts.workspace = workspace;
  const version = readVersion(exchange.headers);
  if (typeof version !== "string") return version;
  const nowMs = state.clock.nowMs();
  const id = /^\/v1\/models\/(.+)$/.exec(exchange.url.pathname)?.[1];
  if (id === undefined) {
    return pageOf(modelsAt(nowMs), exchange.url.searchParams, (row) => modelInfo(row, nowMs));
  }
  const found = findModel(decodeURIComponent(id), nowMs);
  return found === null ? notFound(`model: ${decodeURIComponent(id)}`) : modelInfo(found, nowMs);
}

function modelInfo(model: SimulatedModel, nowMs: number): JsonObject {
  const retires = model.retiresMs === null ? null : new Date(model.retiresMs).toISOString();
  const deprecated = model.deprecated && nowMs >= model.releasedMs;
  return {
    type: "model",
    id: model.id,
    display_name: model.displayName,
    created_at: `${new Date(model.releasedMs).toISOString().slice(0, 19)}Z`,
    capabilities: null,
    deprecated_at: null,
    lifecycle: deprecated ? "deprecated" : "active",
    line: model.line,
    max_input_tokens: model.contextTokens,
    max_tokens: model.outputTokensMax,
    retires_at: retires,
  };
}
