/** Parameters other than messages, tools, thinking and markers. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import type { SimulatedModel } from "../models/index.ts";
import type { RequestContext } from "./validate-request.ts";

const SAMPLING_FIELDS = ["temperature", "top_p", "top_k"] as const;

export function checkParameters(body: JsonObject, context: RequestContext): string | null {
  return (
    checkSampling(body, context) ??
    checkMaxTokens(body, context) ??
    checkPreWarm(body, context) ??
    checkSpeed(body, context) ??
    checkRegion(body, context.model) ??
    checkTier(body) ??
    checkEffort(body, context.model)
  );
}

/** From version 2026-10-21 on, any sampling parameter is refused, the default too. */
function checkSampling(body: JsonObject, context: RequestContext): string | null {
  const sent = SAMPLING_FIELDS.find((field) => body[field] !== undefined);
  if (sent !== undefined && context.version === "2026-10-21") {
    return `${sent}: Extra inputs are not permitted on anthropic-version 2026-10-21`;
  }
  const { temperature } = body;
  if (typeof temperature !== "number") return null;
  if (temperature < 0) return "temperature: Input should be greater than or equal to 0";
  return temperature > 1 ? "temperature: range: 0..1" : null;
}

function checkMaxTokens(body: JsonObject, context: RequestContext): string | null {
  if (context.counting || typeof body.max_tokens !== "number") return null;
  const { id, outputTokensMax } = context.model;
  if (body.max_tokens < 0) return "max_tokens: Input should be greater than or equal to 0";
  return body.max_tokens > outputTokensMax
    ? `max_tokens: ${body.max_tokens} > ${outputTokensMax}, which is the maximum allowed number of output tokens for ${id}`
    : null;
}

/** `max_tokens: 0` writes the cache and answers nothing; what needs output does not go with it. */
function checkPreWarm(body: JsonObject, context: RequestContext): string | null {
  if (context.counting || body.max_tokens !== 0) return null;
  const choice = isJsonObject(body.tool_choice) ? body.tool_choice.type : undefined;
  const output = isJsonObject(body.output_config) ? body.output_config : {};
  const conflicts: readonly (readonly [string, boolean])[] = [
    ["`stream: true`", body.stream === true],
    ["`thinking.type: enabled`", isJsonObject(body.thinking) && body.thinking.type === "enabled"],
    ["`output_config.format`", (output.format ?? body.output_format ?? null) !== null],
    [`\`tool_choice.type: ${String(choice)}\``, choice === "any" || choice === "tool"],
    ["`compaction`", (body.compaction ?? null) !== null],
  ];
  const found = conflicts.find(([, conflicting]) => conflicting);
  return found === undefined ? null : `max_tokens: 0 may not be combined with ${found[0]}`;
}

function checkSpeed(body: JsonObject, context: RequestContext): string | null {
  const { speed } = body;
  if (speed === undefined || speed === null || speed === "standard") return null;
  if (speed !== "fast") return "speed: Input should be 'standard' or 'fast'";
  const { model, betas, nowMs } = context;
  const ended = model.fastUntilMs !== null && nowMs >= model.fastUntilMs;
  if (model.fast === "none" || ended) {
    return `speed: fast mode is not supported on ${model.id}`;
  }
  const needsBeta = model.fast === "beta" && !betas.includes("fast-mode-2026-02-01");
  return needsBeta ? `speed: fast mode on ${model.id} needs the fast-mode-2026-02-01 beta` : null;
}

function checkRegion(body: JsonObject, model: SimulatedModel): string | null {
  const region = body.inference_geo;
  if (region === undefined || region === null) return null;
  if (!model.regional) return `inference_geo: ${model.id} does not support inference_geo`;
  return region === "us" || region === "global"
    ? null
    : "inference_geo: Input should be 'global' or 'us'";
}

function checkTier(body: JsonObject): string | null {
  const tier = body.service_tier;
  if (tier === undefined || tier === "auto" || tier === "standard_only") return null;
  return "service_tier: Input should be 'auto' or 'standard_only'";
}

function checkEffort(body: JsonObject, model: SimulatedModel): string | null {
  const effort = isJsonObject(body.output_config) ? body.output_config.effort : undefined;
  if (effort === undefined || effort === null) return null;
  if (model.effortLevels.length === 0) return "This model does not support the effort parameter.";
  if (model.effortLevels.includes(String(effort))) return null;
  const supported = [...model.effortLevels].sort().join(", ");
  return `This model does not support effort level '${String(effort)}'. Supported levels: ${supported}.`;
}
