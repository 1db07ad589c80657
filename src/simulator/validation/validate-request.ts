/** The checks in order: shape, what a batch forbids, parameters, messages, tools, markers, model limits. */
import type { JsonObject } from "../../base/index.ts";
import { type ApiFailure, invalidRequest } from "../faults/index.ts";
import type { ApiVersion } from "../http/index.ts";
import type { SimulatedModel } from "../models/index.ts";
import { checkBatchItem } from "./check-batch-item.ts";
import { checkCacheMarkers } from "./check-cache-markers.ts";
import { checkMessages } from "./check-messages.ts";
import { checkParameters } from "./check-parameters.ts";
import { checkShape } from "./check-shape.ts";
import { checkThinking } from "./check-thinking.ts";
import { checkToolTurns } from "./check-tool-turns.ts";
import { checkTools } from "./check-tools.ts";

export type RequestContext = {
  readonly version: ApiVersion;
  readonly betas: readonly string[];
  readonly model: SimulatedModel;
  readonly nowMs: number;
  /** `count_tokens` needs no `max_tokens` and takes no `stream`. */
  readonly counting: boolean;
  /** A request of a batch, which may not ask for everything ("message batches: not allowed"). */
  readonly batch: boolean;
};

/** A check returns the API's message, or `null` when it finds nothing. */
export type Check = (body: JsonObject, context: RequestContext) => string | null;

const CHECKS: readonly Check[] = [
  checkShape,
  checkBatchItem,
  checkParameters,
  checkMessages,
  checkToolTurns,
  checkTools,
  checkThinking,
  checkCacheMarkers,
];

export function validateRequest(body: JsonObject, context: RequestContext): ApiFailure | null {
  for (const check of CHECKS) {
    const message = check(body, context);
    if (message !== null) return invalidRequest(message);
  }
  return null;
}

/** The speed a request is served and billed at ("fast mode"). */
export function servedSpeed(body: JsonObject, model: SimulatedModel): "standard" | "fast" {
  return body.speed === "fast" && model.fast !== "bills-standard" ? "fast" : "standard";
}
