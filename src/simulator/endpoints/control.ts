/**
 * The simulator's own endpoints, under `/_simulator/`: the clock, and a health check. They need no
 * key and are not recorded as calls of the API.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { readBody } from "../http/index.ts";
import type { SimulatorState } from "../simulator-state.ts";

export const CONTROL_PREFIX = "/_simulator/";

export async function handleControl(
  state: SimulatorState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const name = path.slice(CONTROL_PREFIX.length);
  if (name === "health") return send(response, 200, { status: "ok" });
  if (name !== "clock") return send(response, 404, { error: `there is no ${path}` });
  if (request.method === "GET") return send(response, 200, clockState(state));
  if (request.method !== "POST") return send(response, 405, { error: "use GET or POST" });
  const advanceMs = advanceOf(await readBody(request));
  if (advanceMs === null) {
    return send(response, 400, { error: 'send {"advanceMs": milliseconds}, zero or more' });
  }
  state.clock.advance(advanceMs);
  send(response, 200, clockState(state));
}

function clockState(state: SimulatorState): JsonObject {
  return { now: state.clock.text(), nowMs: state.clock.nowMs(), kind: state.clock.kind };
}

function advanceOf(body: Buffer | string): number | null {
  try {
    const parsed = JSON.parse(body.toString()) as JsonValue;
    const value = isJsonObject(parsed) ? parsed.advanceMs : undefined;
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
