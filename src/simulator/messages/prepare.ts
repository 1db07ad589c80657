/** The steps that Messages, count_tokens and batch items share: authenticate, read, validate. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { type ApiFailure, invalidRequest, notFound } from "../faults/index.ts";
import {
  authenticate,
  type CallFacts,
  type Exchange,
  readBetas,
  readBody,
  readVersion,
} from "../http/index.ts";
import { findModel, modelNamed, type SimulatedModel } from "../models/index.ts";
import { type RenderedPrompt, renderPrompt } from "../prompt/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { servedSpeed, validateRequest } from "../validation/index.ts";

export type PreparedCall = {
  readonly body: JsonObject;
  readonly model: SimulatedModel;
  readonly workspace: string;
  readonly speed: "standard" | "fast";
  readonly prompt: RenderedPrompt;
};

export type Preparation =
  | { readonly kind: "ready"; readonly call: PreparedCall }
  | { readonly kind: "failed"; readonly failure: ApiFailure }
  | { readonly kind: "gone" };

export const TOO_LARGE: ApiFailure = {
  status: 413,
  type: "request_too_large",
  message: "Request exceeds the maximum size",
  headers: { connection: "close" },
};

export async function prepare(
  state: SimulatorState,
  exchange: Exchange,
  counting: boolean,
): Promise<Preparation> {
  const bytes = await readBody(exchange.request);
  if (bytes === "gone") return { kind: "gone" };
  if (bytes === "too-large") return failed(TOO_LARGE);
  exchange.body = bytes;
  const workspace = authenticate(exchange.headers, state.options);
  if (typeof workspace !== "string") return failed(workspace);
  exchange.facts.workspace = workspace;
  const body = parseBody(bytes);
  if (!isJsonObject(body)) return failed(body === undefined ? NOT_JSON : NOT_AN_OBJECT);
  const { headers, startMs, facts } = exchange;
  return checkCall(state, { body, workspace, headers, startMs, counting, batch: false }, facts);
}

export const NOT_JSON = invalidRequest("The request body is not valid JSON");
export const NOT_AN_OBJECT = invalidRequest("Input should be a valid dictionary");

type UncheckedCall = {
  readonly body: JsonObject;
  readonly workspace: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly startMs: number;
  readonly counting: boolean;
  readonly batch: boolean;
};

type NamedModels = Pick<CallFacts, "requestModel" | "model">;

/** Everything after authentication; what is learnt of the model is written into `facts`. */
export function checkCall(
  state: SimulatorState,
  { body, workspace, headers, startMs, counting, batch }: UncheckedCall,
  facts: NamedModels,
): Exclude<Preparation, { kind: "gone" }> {
  const version = readVersion(headers);
  if (typeof version !== "string") return failed(version);
  const model = resolveModel(state, facts, { name: body.model, atMs: startMs });
  if ("status" in model) return failed(model);
  const betas = readBetas(headers);
  const nowMs = startMs;
  const invalid = validateRequest(body, { version, betas, model, nowMs, counting, batch });
  if (invalid !== null) return failed(invalid);
  const speed = servedSpeed(body, model);
  const { speedScope } = state.assumptions;
  const prompt = renderPrompt(body, { model, workspace, speed, speedScope });
  const tooLong = prompt.promptTokens > model.contextTokens && !counting;
  if (tooLong) return failed(promptTooLong(prompt.promptTokens, model.contextTokens));
  return { kind: "ready", call: { body, model, workspace, speed, prompt } };
}

function resolveModel(
  state: SimulatorState,
  facts: NamedModels,
  { name, atMs }: { readonly name: JsonValue | undefined; readonly atMs: number },
): SimulatedModel | ApiFailure {
  if (name === undefined) return invalidRequest("model: Field required");
  if (typeof name !== "string") return invalidRequest("model: Input should be a valid string");
  facts.requestModel = name;
  const found =
    state.options.serveRetiredModels === true ? modelNamed(name) : findModel(name, atMs);
  if (found === null) return notFound(`model: ${name}`);
  facts.model = found.id;
  return found;
}

function promptTooLong(tokens: number, tokensMax: number): ApiFailure {
  return invalidRequest(`prompt is too long: ${tokens} tokens > ${tokensMax} maximum`);
}

export function parseBody(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    return undefined;
  }
}

function failed(failure: ApiFailure): { readonly kind: "failed"; readonly failure: ApiFailure } {
  return { kind: "failed", failure };
}
