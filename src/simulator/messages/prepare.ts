/** The steps that Messages and count_tokens share: authenticate, read, validate. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { type ApiFailure, invalidRequest, notFound } from "../faults/index.ts";
import { authenticate, type Exchange, readBetas, readBody, readVersion } from "../http/index.ts";
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

const TOO_LARGE: ApiFailure = {
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
  return check(state, exchange, { body, workspace, counting });
}

const NOT_JSON = invalidRequest("The request body is not valid JSON");
const NOT_AN_OBJECT = invalidRequest("Input should be a valid dictionary");

type Unchecked = {
  readonly body: JsonObject;
  readonly workspace: string;
  readonly counting: boolean;
};

function check(state: SimulatorState, exchange: Exchange, unchecked: Unchecked): Preparation {
  const { body, workspace, counting } = unchecked;
  const version = readVersion(exchange.headers);
  if (typeof version !== "string") return failed(version);
  const model = resolveModel(state, exchange, body.model);
  if ("status" in model) return failed(model);
  const betas = readBetas(exchange.headers);
  const nowMs = exchange.startMs;
  const invalid = validateRequest(body, { version, betas, model, nowMs, counting });
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
  exchange: Exchange,
  name: JsonValue | undefined,
): SimulatedModel | ApiFailure {
  if (name === undefined) return invalidRequest("model: Field required");
  if (typeof name !== "string") return invalidRequest("model: Input should be a valid string");
  exchange.facts.requestModel = name;
  const found =
    state.options.serveRetiredModels === true
      ? modelNamed(name)
      : findModel(name, exchange.startMs);
  if (found === null) return notFound(`model: ${name}`);
  exchange.facts.model = found.id;
  return found;
}

function promptTooLong(tokens: number, tokensMax: number): ApiFailure {
  return invalidRequest(`prompt is too long: ${tokens} tokens > ${tokensMax} maximum`);
}

function parseBody(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    return undefined;
  }
}

function failed(failure: ApiFailure): Preparation {
  return { kind: "failed", failure };
}
