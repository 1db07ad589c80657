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
  readonly all: () => Iterable<CachePlanner>;
  /** Those of another catalogue. A planner stays with what it learned where its prices are the same. */
  readonly under: (catalogue: Catalogue, at: Instant) => Planners;
};

type Kept = Planned & { readonly speed: string | null };

export function createPlanners(catalogue: Catalogue, kept: readonly Kept[] = []): Planners {
  /** Least recently used first. */
  const planners = new Map(kept.map((one) => [nameOf(one), one]));
  return {
    *all() {
      for (const { planner } of planners.values()) yield planner;
    },
    planner: (model, speed, at) => {
      const resolution = catalogue.resolve(model);
      if (resolution.kind !== "known") return { kind: "none", reason: "unknown-model" };
      const { facts } = resolution;
      const name = nameOf({ facts, speed });
      const known = planners.get(name);
      if (known !== undefined) {
        planners.delete(name);
        planners.set(name, known);
        return known;
      }
      const weights = weightsOf(catalogue, { facts, speed, at });
      if (weights.kind === "none") return weights;
      const { prefixTokensMin, ratios } = weights;
      const planner = createPlanner({
        prefixTokensMin,
        ratios,
        prefixesMax: PREFIXES_MAX,
        keepAlive: true,
      });
      const made: Kept = { kind: "planner", planner, facts, ratios, speed };
      planners.set(name, made);
      for (const oldest of planners.keys()) {
        if (planners.size <= PLANNERS_MAX) break;
        planners.delete(oldest);
      }
      return made;
    },
    under: (other, at) =>
      createPlanners(
        other,
        [...planners.values()].flatMap((one) => keptUnder(other, one, at) ?? []),
      ),
  };
}

function nameOf({ facts, speed }: Pick<Kept, "facts" | "speed">): string {
  return `${facts.id}|${speed ?? "standard"}`;
}

/** `null` where the model is gone, or weighs otherwise now. */
function keptUnder(catalogue: Catalogue, known: Kept, at: Instant): Kept | null {
  const { speed } = known;
  const resolution = catalogue.resolve(known.facts.id);
  if (resolution.kind !== "known") return null;
  const { facts } = resolution;
  const weights = weightsOf(catalogue, { facts, speed, at });
  if (weights.kind === "none") return null;
  const isSame =
    facts.tokenizer === known.facts.tokenizer &&
    weights.prefixTokensMin === known.facts.minimumCacheableTokens &&
    weights.ratios.read === known.ratios.read &&
    weights.ratios.write5m === known.ratios.write5m &&
    weights.ratios.write1h === known.ratios.write1h;
  return isSame ? { ...known, facts } : null;
}

type Question = { readonly facts: ModelFacts; readonly speed: string | null; readonly at: Instant };

type Weights = {
  readonly kind: "weights";
  readonly prefixTokensMin: number;
  readonly ratios: PriceRatios;
};

/** What a planner decides by. */
function weightsOf(
  catalogue: Catalogue,
  { facts, speed, at }: Question,
): Weights | Extract<PlannerChoice, { kind: "none" }> {
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
  return { kind: "weights", prefixTokensMin, ratios };
}
