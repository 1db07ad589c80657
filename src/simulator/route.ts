/** Which handler answers a request. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { handleBatches, isBatchPath } from "./batches/index.ts";
import { CONTROL_PREFIX, handleControl, handleModels } from "./endpoints/index.ts";
import { type ApiFailure, notFound } from "./faults/index.ts";
import { Exchange, sendFailure } from "./http/index.ts";
import { handleCanned, handleCountTokens, handleMessages } from "./messages/index.ts";
import { handleReports, REPORTS_PREFIX } from "./reports/index.ts";
import type { SimulatorState } from "./simulator-state.ts";

const INTERNAL: ApiFailure = { status: 500, type: "api_error", message: "Internal server error" };

export async function route(
  state: SimulatorState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url?.startsWith(CONTROL_PREFIX)) return handleControl(state, request, response);
  const exchange = new Exchange(state, request, response);
  try {
    await handle(state, exchange);
  } catch (error) {
    exchange.facts.outcome = "faulted";
    state.onBug(error);
    if (!response.headersSent) await sendFailure(state, exchange, INTERNAL);
    else response.destroy();
  }
}

function handle(state: SimulatorState, exchange: Exchange): Promise<void> {
  const { method, url = "/" } = exchange.request;
  const end = url.indexOf("?");
  const path = end === -1 ? url : url.slice(0, end);
  if (method === "POST" && path === "/v1/messages") {
    return state.scenario.canned ? handleCanned(state, exchange) : handleMessages(state, exchange);
  }
  if (method === "POST" && path === "/v1/messages/count_tokens") {
    return handleCountTokens(state, exchange);
  }
  if (isBatchPath(path)) return handleBatches(state, exchange, path);
  if (method === "GET" && (path === "/v1/models" || path.startsWith("/v1/models/"))) {
    return handleModels(state, exchange);
  }
  if (method === "GET" && path.startsWith(REPORTS_PREFIX)) return handleReports(state, exchange);
  return sendFailure(state, exchange, notFound("Not found"));
}
