/** A whole request to units with their positions, running token counts and prefix hashes. */
import { hash } from "node:crypto";
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import type { SimulatedModel } from "../models/index.ts";
import type { MediaTier } from "../tokens/index.ts";
import { placeAutomaticMarker } from "./automatic-marker.ts";
import type { PromptSection, PromptUnit, RenderedPrompt, UnhashedUnit } from "./prompt-unit.ts";
import { renderMessages, renderSystem } from "./render-messages.ts";
import { renderTools } from "./render-tools.ts";
import { type SectionSeeds, sectionSeeds } from "./section-seeds.ts";

export type RenderContext = {
  readonly model: SimulatedModel;
  readonly workspace: string;
  readonly speed: "standard" | "fast";
  readonly speedScope: "system-onwards" | "everything";
};

/** Tokens behind the last block, where the answer begins: never cached, as recordings show. */
const PROMPT_END_TOKENS = 3;
const RUN_KINDS: ReadonlySet<string> = new Set(["tool_use", "tool_result"]);

export function renderPrompt(body: JsonObject, context: RenderContext): RenderedPrompt {
  const units = withHiddenTokens(renderUnits(body, context.model), body, context.model);
  const marked = placeAutomaticMarker(units, body.cache_control);
  const seeds = sectionSeeds(body, { ...context, modelId: context.model.id });
  return accumulate(
    marked,
    seeds,
    marked.some((unit) => unit.marker !== null) || isJsonObject(body.diagnostics),
  );
}

function renderUnits(body: JsonObject, model: SimulatedModel): readonly UnhashedUnit[] {
  const tier: MediaTier = {
    tokenizer: model.tokenizer,
    highResolution: model.highResolutionImages,
  };
  const { tools, webTools } = renderTools(body.tools, model, tier);
  const messages = Array.isArray(body.messages) ? body.messages.filter(isJsonObject) : [];
  return [
    ...tools,
    ...webTools,
    ...renderSystem(body.system, tier),
    ...renderMessages(messages, tier, model),
  ];
}

/** Adds a forced choice's extra tokens to the first message. */
function withHiddenTokens(
  units: readonly UnhashedUnit[],
  body: JsonObject,
  model: SimulatedModel,
): readonly UnhashedUnit[] {
  const extra = forcedChoiceExtra(body, model);
  const firstMessage = units.findIndex((unit) => unit.section === "messages");
  if (extra === 0 || firstMessage === -1) return units;
  return units.map((unit, index) =>
    index === firstMessage ? { ...unit, tokens: unit.tokens + extra } : unit,
  );
}

function forcedChoiceExtra(body: JsonObject, model: SimulatedModel): number {
  const choice = isJsonObject(body.tool_choice) ? body.tool_choice.type : undefined;
  const hasTools = Array.isArray(body.tools) && body.tools.length > 0;
  if (!hasTools || (choice !== "any" && choice !== "tool")) return 0;
  return (model.toolPrompt.forced ?? model.toolPrompt.auto) - model.toolPrompt.auto;
}

/** Hashes are only computed where someone may ask for them: they are the dear part. */
function accumulate(
  units: readonly UnhashedUnit[],
  seeds: SectionSeeds,
  hashed: boolean,
): RenderedPrompt {
  const rendered: PromptUnit[] = [];
  let endTokens = 0;
  let position = -1;
  let prefixHash = "";
  let previous: UnhashedUnit | null = null;
  for (const unit of units) {
    const continuesRun = previous?.kind === unit.kind && RUN_KINDS.has(unit.kind);
    if (!continuesRun) position += 1;
    endTokens += unit.tokens;
    if (hashed) prefixHash = nextHash(prefixHash, seedsEntered(previous, unit, seeds), unit.key);
    rendered.push({ ...unit, position, endTokens, prefixHash });
    previous = unit;
  }
  return { units: rendered, promptTokens: endTokens + PROMPT_END_TOKENS };
}

const SECTIONS: readonly PromptSection[] = ["tools", "system", "messages"];

/** The seeds of every section that begins between the last unit and this one, empty ones too. */
function seedsEntered(
  previous: UnhashedUnit | null,
  unit: UnhashedUnit,
  seeds: SectionSeeds,
): string {
  const from = previous === null ? 0 : SECTIONS.indexOf(previous.section) + 1;
  const to = SECTIONS.indexOf(unit.section);
  return SECTIONS.slice(from, to + 1)
    .map((section) => `${section}\u0000${seeds[section]}`)
    .join("\u0000");
}

function nextHash(previous: string, seeds: string, key: string): string {
  return hash("sha256", `${previous}\u0001${seeds}\u0001${key}`, "base64");
}
