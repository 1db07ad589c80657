/** From what people wrote to a design in tokens: texts are counted, numbers are taken. */
import { PurserError } from "../../base/index.ts";
import type { AuthoredDesign, AuthoredSize, AuthoredWorkload } from "../../config/index.ts";
import type { Catalogue, ModelFacts, TokenizerFamily } from "../../domain/catalogue/index.ts";
import { estimatePromptTokens, estimateTextTokens } from "../../domain/prompt/index.ts";
import {
  constant,
  type Design,
  type Distribution,
  fromMeanAndDeviation,
  fromMedianAndP95,
  type Volume,
  type Workload,
  ZERO,
} from "../../domain/workloads/index.ts";

import { findModel } from "../find-model.ts";

/** The model that is taken where a design names none. */
export const MODEL_DEFAULT = "claude-sonnet-5-5";
/** The middle of the 30 to 98% that the provider's documentation quotes. */
const BATCH_CACHE_HITS_DEFAULT = 0.64;
const SECONDS_BETWEEN_TURNS_DEFAULT = 60;
const VOLUMES = ["callsPerDay", "conversationsPerDay", "users"] as const;

/** Where a key of the design stands, for messages. */
export type PlaceOf = (path: readonly (string | number)[]) => string;

export type ReadyDesign = {
  readonly design: Design;
  readonly modelOf: (workload: Workload) => ModelFacts;
  /** What was taken without being said. */
  readonly assumed: readonly string[];
};

/** Errors: `MODEL_UNKNOWN`, `DESIGN_INVALID`. */
export function toDesign(
  authored: AuthoredDesign,
  catalogue: Catalogue,
  placeOf: PlaceOf,
): ReadyDesign {
  const assumed: string[] = [];
  const model = (id: string, path: readonly (string | number)[]): ModelFacts =>
    findModel(catalogue, id, placeOf(path));
  const common = model(authored.model ?? MODEL_DEFAULT, ["model"]);
  if (authored.model === undefined && authored.workloads.some((one) => one.model === undefined)) {
    assumed.push(`no model was named: ${MODEL_DEFAULT} is taken`);
  }
  const counted = model(tokensOf(authored), ["countedWith"]);
  checkNames(authored, placeOf);
  const models = new Map<string, ModelFacts>();
  const workloads = authored.workloads.map((one, index) => {
    const path = ["workloads", index];
    models.set(one.name, one.model === undefined ? common : model(one.model, [...path, "model"]));
    return toWorkload(one, { tokenizer: counted.tokenizer, path, placeOf, assumed });
  });
  return {
    design: {
      workloads,
      tokenizer: counted.tokenizer,
      batchCacheHits: shareOf(authored.batchCacheHits) ?? BATCH_CACHE_HITS_DEFAULT,
    },
    modelOf: (workload) => models.get(workload.name) ?? common,
    assumed: [...new Set(assumed)],
  };
}

/** The model whose tokens the sizes are in: as said, else the first model that is named. */
export function tokensOf({ countedWith, model, workloads }: AuthoredDesign): string {
  const named = workloads.find((one) => one.model !== undefined)?.model;
  return countedWith ?? model ?? named ?? MODEL_DEFAULT;
}

function checkNames({ workloads }: AuthoredDesign, placeOf: PlaceOf): void {
  const seen = new Set<string>();
  for (const [index, { name }] of workloads.entries()) {
    if (seen.has(name)) {
      throw new PurserError("DESIGN_INVALID", {
        what: `two workloads are called "${name}"`,
        where: placeOf(["workloads", index, "name"]),
        mend: "Give each a name of its own.",
      });
    }
    seen.add(name);
  }
}

type Reading = {
  readonly tokenizer: TokenizerFamily;
  readonly path: readonly (string | number)[];
  readonly placeOf: PlaceOf;
  readonly assumed: string[];
};

function toWorkload(one: AuthoredWorkload, reading: Reading): Workload {
  const sized = (given: AuthoredSize | undefined, structured = false): Distribution =>
    given === undefined ? ZERO : toDistribution(given, structured, reading);
  const { tokensPerTurn, turns } = one.history ?? {};
  return {
    name: one.name,
    model: one.model ?? null,
    effort: one.effort ?? null,
    cache: one.cache ?? "none",
    batch: one.batch ?? false,
    latencyMsMax: one.latency ?? null,
    tools: sized(one.tools, true),
    system: sized(one.systemPrompt),
    documents: {
      tokens: sized(one.documents?.tokens),
      shared: one.documents?.shared ?? false,
    },
    retrieval: { tokens: sized(one.retrieval?.tokens), kept: one.retrieval?.kept ?? false },
    message: sized(one.message),
    output: sized(one.response),
    outputTokensMax: one.maxTokens ?? null,
    turns: one.turns === undefined ? constant(1) : sized(one.turns),
    historyPerTurn: tokensPerTurn === undefined ? null : sized(tokensPerTurn),
    historyTurnsMax: turns ?? null,
    secondsBetweenTurns:
      one.secondsBetweenTurns === undefined
        ? constant(SECONDS_BETWEEN_TURNS_DEFAULT)
        : sized(one.secondsBetweenTurns),
    retries: shareOf(one.retries) ?? 0,
    webSearchesPerCall: sized(one.webSearches),
    volume: toVolume(one, reading),
  };
}

function toDistribution(
  given: AuthoredSize,
  structured: boolean,
  { tokenizer, assumed }: Reading,
): Distribution {
  switch (given.kind) {
    case "number":
      return constant(given.value);
    case "text": {
      assumed.push("texts are counted by an estimator, from their bytes");
      const bytes = Buffer.byteLength(given.text);
      if (!structured) return constant(estimateTextTokens(bytes, tokenizer));
      // With the provider's own tool prompt, which comes with the first tool.
      const block = { type: "tool", section: "tools", content: given.text, bytes } as const;
      return constant(estimatePromptTokens([block], tokenizer).likely);
    }
    case "mean":
      return fromMeanAndDeviation(given.mean, given.deviation);
    case "median":
      return fromMedianAndP95(given.median, given.p95);
    case "range":
      return given.min === given.max
        ? constant(given.min)
        : { kind: "uniform", min: given.min, max: given.max };
    case "values":
      return { kind: "choice", values: given.values, weights: given.weights };
    default:
      return given satisfies never;
  }
}

/** Exactly one way to say how often. */
function toVolume({ volume }: AuthoredWorkload, reading: Reading): Volume {
  const { path, placeOf } = reading;
  const where = placeOf([...path, "volume"]);
  const { users, conversationsPerUser } = volume;
  const said = VOLUMES.filter((key) =>
    key === "users" ? conversationsPerUser !== undefined : volume[key] !== undefined,
  );
  if (said.length !== 1) {
    throw new PurserError("DESIGN_INVALID", {
      what:
        said.length === 0 ? "nothing says how often" : `${said.join(" and ")} both say how often`,
      where,
      mend: "Write one of callsPerDay, conversationsPerDay, or users with conversationsPerUser.",
    });
  }
  if (conversationsPerUser !== undefined && users === undefined) {
    const what = "conversationsPerUser needs to know how many users there are";
    throw new PurserError("DESIGN_INVALID", { what, where, mend: "Add users." });
  }
  const given = volume.callsPerDay ?? volume.conversationsPerDay;
  return {
    of: volume.callsPerDay === undefined ? "conversations" : "calls",
    perDay:
      given === undefined
        ? constant((users ?? 0) * (conversationsPerUser ?? 0))
        : toDistribution(given, false, reading),
    users: users ?? null,
    byHour: weightsOf(volume.byHour, placeOf([...path, "volume", "byHour"])),
    byWeekday: weightsOf(volume.byWeekday, placeOf([...path, "volume", "byWeekday"])),
    byMonth: weightsOf(volume.byMonth, placeOf([...path, "volume", "byMonth"])),
    arrivals: volume.arrivals ?? "even",
  };
}

function weightsOf(weights: readonly number[] | undefined, where: string): readonly number[] {
  if (weights === undefined || weights.some((weight) => weight > 0)) return weights ?? [];
  throw new PurserError("DESIGN_INVALID", {
    what: "all weights are zero",
    where,
    mend: "Write at least one weight above zero.",
  });
}

/** A percentage as the configuration keeps it, without its sign. */
function shareOf(percentage: string | undefined): number | null {
  return percentage === undefined ? null : Number(percentage) / 100;
}
