/** The call that creates a batch: only its outer shape is checked; each request is, later. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Random,
  randomInteger,
  seededRandom,
} from "../../base/index.ts";
import { type ApiFailure, type Fault, invalidRequest, rateLimited } from "../faults/index.ts";
import { type Exchange, idLetters, readVersion } from "../http/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import type { BatchItem, SimulatedBatch } from "./simulated-batch.ts";

/** "message batches: limits". */
export const BATCH_REQUESTS_MAX = 100_000;
/** Requests of all batches of a workspace that may wait at once, as on the Start tier. */
export const QUEUED_REQUESTS_MAX = 200_000;
/** Much faster than the API, which says "most within an hour". */
const BATCH_MS: readonly [number, number] = [10_000, 60_000];
const CUSTOM_ID = /^[a-zA-Z0-9_-]{1,64}$/;

export function createBatch(
  state: SimulatorState,
  exchange: Exchange,
  asked: { readonly body: JsonObject; readonly workspace: string; readonly fault: Fault | null },
): SimulatedBatch | ApiFailure {
  const { body, workspace, fault } = asked;
  const version = readVersion(exchange.headers);
  if (typeof version !== "string") return version;
  const items = readItems(body.requests);
  if (!Array.isArray(items)) return items as ApiFailure;
  const queuedMax = state.options.batchQueuedRequestsMax ?? QUEUED_REQUESTS_MAX;
  if (queuedRequests(state, workspace) + items.length > queuedMax) return rateLimited(60);
  const number = ++state.counted.batches;
  const random = seededRandom(state.seed * 7_919 + number);
  const [low, high] = state.options.batchMs ?? BATCH_MS;
  const delayMs = fault?.kind === "slow-batch" ? fault.delayMs : 0;
  const createdMs = exchange.startMs;
  const batch: SimulatedBatch = {
    id: `msgbatch_01${idLetters(state.seed, "batch", number)}`,
    ...{ workspace, headers: exchange.headers, createdMs },
    plannedEndMs: createdMs + randomInteger(random, low, high) + delayMs,
    items: shuffled(items, random),
    next: 0,
    cancelInitiatedMs: null,
    endedMs: null,
  };
  state.batches.add(batch);
  return batch;
}

function readItems(requests: JsonValue | undefined): BatchItem[] | ApiFailure {
  if (!Array.isArray(requests)) return invalidRequest("requests: Field required");
  if (requests.length === 0) {
    return invalidRequest("requests: List should have at least 1 item after validation, not 0");
  }
  if (requests.length > BATCH_REQUESTS_MAX) {
    const message = `requests: a batch has at most ${BATCH_REQUESTS_MAX} requests`;
    return { status: 413, type: "request_too_large", message };
  }
  const seen = new Set<string>();
  const items: BatchItem[] = [];
  for (const [index, request] of requests.entries()) {
    const item = readItem(request, `requests.${index}`);
    if ("status" in item) return item;
    if (seen.has(item.customId)) {
      return invalidRequest(`requests.${index}.custom_id: "${item.customId}" is not unique`);
    }
    seen.add(item.customId);
    items.push(item);
  }
  return items;
}

function readItem(request: JsonValue, place: string): BatchItem | ApiFailure {
  if (!isJsonObject(request)) return invalidRequest(`${place}: Input should be a valid dictionary`);
  const { custom_id: customId, params } = request;
  if (typeof customId !== "string") return invalidRequest(`${place}.custom_id: Field required`);
  if (!CUSTOM_ID.test(customId)) {
    return invalidRequest(
      `${place}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`,
    );
  }
  if (!isJsonObject(params)) return invalidRequest(`${place}.params: Field required`);
  return { customId, params, line: null, end: null };
}

function queuedRequests(state: SimulatorState, workspace: string): number {
  return state.batches
    .ofWorkspace(workspace)
    .filter(({ endedMs }) => endedMs === null)
    .reduce((sum, { items }) => sum + items.length, 0);
}

/** Requests are served, and their results given, in an order that is not theirs. */
function shuffled<T>(values: readonly T[], random: Random): T[] {
  const order = [...values];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = randomInteger(random, 0, at);
    const value = order[at] as T;
    order[at] = order[other] as T;
    order[other] = value;
  }
  return order;
}
