/** One planner for each model and speed: caches are not shared between these. */
import type { Instant } from "../../../base/index.ts";
import type { Catalogue, ModelFacts } from "../../../domain/catalogue/index.ts";
import {
  type CachePlanner,
  createPlanner,
  type PriceRatios,
} from "../../../domain/prompt-cache/index.ts";

/** About 100 bytes each in a planner's columns, and its key. */
const PREFIXES_MAX = 65_536;
/** Planners at once; the one longest unused is forgotten with all that it learned. */
const PLANNERS_MAX = 16;

export type PlannerChoice =
  | {
      readonly kind: "planner";
      readonly planner: CachePlanner;
      readonly facts: ModelFacts;
      readonly ratios: PriceRatios;
    }
  | { readonly kind: "none"; readonly reason: "unknown-model" | "no-price" | "not-cached" };

type Planned = Extract<PlannerChoice, { kind: "planner" }>;

export type Planners = {
  readonly planner: (model: string, speed: string | null, at: Instant) => PlannerChoice;
};

export function createPlanners(catalogue: Catalogue): Planners {
  /** Least recently used first. */
  const planners = new Map<string, Planned>();
  return {
    planner: (model, speed, at) => {
      const resolution = catalogue.resolve(model);
      if (resolution.kind !== "known") return { kind: "none", reason: "unknown-model" };
      const { facts } = resolution;
      const name = `${facts.id}|${speed ?? "standard"}`;
      const known = planners.get(name);
      if (known !== undefined) {
        planners.delete(name);
        planners.set(name, known);
        return known;
      }
      const made = makePlanner(catalogue, { facts, speed, at });
      if (made.kind === "none") return made;
      planners.set(name, made);
      for (const oldest of planners.keys()) {
        if (planners.size <= PLANNERS_MAX) break;
        planners.delete(oldest);
      }
      return made;
    },
  };
}

type Question = { readonly facts: ModelFacts; readonly speed: string | null; readonly at: Instant };

function makePlanner(catalogue: Catalogue, { facts, speed, at }: Question): PlannerChoice {
  const prefixTokensMin = facts.minimumCacheableTokens;
  if (prefixTokensMin === null) return { kind: "none", reason: "not-cached" };
  const outcome = catalogue.rates({
    ...{ model: facts.id, at, speed, promptTokens: 0 },
    serviceTier: null,
    inferenceGeo: null,
  });
  if (outcome.kind === "unpriced") return { kind: "none", reason: "no-price" };
  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = outcome.sheet.rates;
  if (input === 0n || cacheRead === null || cacheWrite5m === null || cacheWrite1h === null) {
    return { kind: "none", reason: "not-cached" };
  }
  const ratio = (price: bigint): number => Number(price) / Number(input);
  const ratios = {
    read: ratio(cacheRead),
    write5m: ratio(cacheWrite5m),
    write1h: ratio(cacheWrite1h),
  };
  const planner = createPlanner({ prefixTokensMin, ratios, prefixesMax: PREFIXES_MAX });
  return { kind: "planner", planner, facts, ratios };
}
