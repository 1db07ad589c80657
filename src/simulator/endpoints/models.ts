/** `GET /v1/models` and `GET /v1/models/{id}`, paged as the API pages. */
import type { JsonObject } from "../../base/index.ts";
import { type ApiFailure, invalidRequest, notFound } from "../faults/index.ts";
import { authenticate, type Exchange, readVersion, sendFailure, sendJson } from "../http/index.ts";
import { findModel, modelsAt, type SimulatedModel } from "../models/index.ts";
import type { SimulatorState } from "../simulator-state.ts";

const PAGE_DEFAULT = 20;
const PAGE_MAX = 1_000;

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
  if (id === undefined) return page(modelsAt(nowMs), exchange.url.searchParams, nowMs);
  const found = findModel(decodeURIComponent(id), nowMs);
  return found === null ? notFound(`model: ${decodeURIComponent(id)}`) : modelInfo(found, nowMs);
}

function page(
  models: readonly SimulatedModel[],
  query: URLSearchParams,
  nowMs: number,
): JsonObject | ApiFailure {
  const limit = Number(query.get("limit") ?? PAGE_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    return invalidRequest(`limit: Input should be between 1 and ${PAGE_MAX}`);
  }
  const { rows, hasMore } = slice(models, query, limit);
  return {
    data: rows.map((model) => modelInfo(model, nowMs)),
    has_more: hasMore,
    first_id: rows[0]?.id ?? null,
    last_id: rows.at(-1)?.id ?? null,
  };
}

function slice(models: readonly SimulatedModel[], query: URLSearchParams, limit: number) {
  const index = (name: string) => models.findIndex((model) => model.id === query.get(name));
  const before = index("before_id");
  if (before >= 0) {
    const start = Math.max(0, before - limit);
    return { rows: models.slice(start, before), hasMore: start > 0 };
  }
  const start = index("after_id") + 1;
  return { rows: models.slice(start, start + limit), hasMore: start + limit < models.length };
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
