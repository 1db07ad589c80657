/** From policies, as people wrote them, to the steps of a what-if. */
import { closestWord, PurserError } from "../../base/index.ts";
import type { ConfiguredPolicy } from "../../config/index.ts";
import { type Catalogue, compileCatalogue } from "../../domain/catalogue/index.ts";
import { compileMatch } from "../../domain/policy/index.ts";
import { type Lever, ratioOf, type Step, type Uncertain } from "../../domain/workloads/index.ts";
import { findModel } from "../find-model.ts";

export type PlaceOf = (path: readonly (string | number)[]) => string;

export type PolicySource = {
  readonly policies: readonly ConfiguredPolicy[];
  readonly placeOf: PlaceOf;
};

/** The range that the provider's documentation quotes for hits inside a batch. */
const BATCH_CACHE_HITS: Uncertain = { low: 0.3, likely: 0.64, high: 0.98 };
/** Levers that say how much may be spent or sent: what they would refuse, nobody can know. */
const NOT_RECKONED: ReadonlySet<string> = new Set(["budget", "limit"]);

export type Steps = {
  readonly steps: readonly Step[];
  /** Which policy each step is of, by its place in the list. */
  readonly places: readonly number[];
  /** Whether a policy matches users or sessions, which only whole exchanges tell. */
  readonly byCaller: boolean;
  readonly warnings: readonly string[];
};

/** Errors: `MODEL_UNKNOWN`, `WHATIF_POLICY_INVALID`. */
export function toSteps({ policies, placeOf }: PolicySource, catalogue: Catalogue): Steps {
  const steps: Step[] = [];
  const places: number[] = [];
  const warnings: string[] = [];
  policies.forEach((policy, index) => {
    const place: PlaceOf = (path) => placeOf(["policies", index, ...path]);
    if (NOT_RECKONED.has(policy.lever)) {
      warnings.push(
        `${place(["lever"])}: ${policy.lever} is left out: a what-if cannot reckon with it`,
      );
      return;
    }
    places.push(index);
    steps.push({
      name: policy.name,
      lever: leverOf(policy, place, catalogue),
      fits: compileMatch(policy.match ?? {}),
    });
  });
  const byCaller = policies.some(
    ({ match }) => match?.users !== undefined || match?.sessions !== undefined,
  );
  return { steps, places, byCaller, warnings };
}

function leverOf(policy: ConfiguredPolicy, place: PlaceOf, catalogue: Catalogue): Lever {
  const settings = policy.settings ?? {};
  switch (policy.lever) {
    case "cache":
      return { kind: "cache", rule: settings.rule ?? "purser" };
    case "route":
      return {
        kind: "route",
        model: findModel(catalogue, settings.model ?? "", place(["settings", "model"])),
        outputRatio: outputRatioOf(settings, place),
      };
    case "cap":
      return { kind: "cap", outputTokensMax: settings.maxTokens ?? 0 };
    case "effort":
      return { kind: "effort", effort: settings.effort ?? "high" };
    case "defer": {
      const hits = shareOf(settings.cacheHits);
      const cacheHits = hits === null ? BATCH_CACHE_HITS : { low: hits, likely: hits, high: hits };
      return { kind: "defer", cacheHits };
    }
    case "trim-tools": {
      const tools = settings.tools ?? [];
      return { kind: "trim-tools", drop: tools.includes("all") ? "all" : new Set(tools) };
    }
    case "trim-history":
      return { kind: "trim-history", turnsMax: settings.turns ?? 0 };
    case "prices":
      return { kind: "prices", catalogue: withPrices(catalogue, settings.prices ?? [], place) };
    case "volume":
      return { kind: "volume", factor: ratioOf(settings.factor ?? 1) };
    default:
      throw new PurserError("WHATIF_POLICY_INVALID", {
        what: `a what-if cannot reckon with ${policy.lever}`,
        where: place(["lever"]),
      });
  }
}

type Settings = NonNullable<ConfiguredPolicy["settings"]>;

function outputRatioOf(settings: Settings, place: PlaceOf): Uncertain {
  const change = (percentage: string | undefined): number | null => {
    const share = shareOf(percentage);
    return share === null ? null : 1 + share;
  };
  const likely = change(settings.outputChange) ?? 1;
  const low = change(settings.outputChangeLow) ?? likely;
  const high = change(settings.outputChangeHigh) ?? likely;
  if (low <= likely && likely <= high) return { low, likely, high };
  throw new PurserError("WHATIF_POLICY_INVALID", {
    what: "outputChange does not lie between outputChangeLow and outputChangeHigh",
    where: place(["settings", "outputChange"]),
    mend: "Write the two ends of the measurement around it.",
  });
}

/** The catalogue with other prices for the models that are named, whatever the day. */
function withPrices(
  catalogue: Catalogue,
  prices: NonNullable<Settings["prices"]>,
  place: PlaceOf,
): Catalogue {
  const models = prices.map(({ model, ...rates }, index) => {
    const facts = findModel(catalogue, model, place(["settings", "prices", index, "model"]));
    const { contextTokensMax, outputTokensMax, tokenizer } = facts;
    return {
      id: facts.id,
      contextTokensMax,
      outputTokensMax,
      tokenizer,
      prices: [{ ...rates, inferenceGeoUs: true }],
    };
  });
  const changed = compileCatalogue({ models });
  const ids = new Set<string>(models.map(({ id }) => id));
  return {
    ...catalogue,
    rates: (question) => (ids.has(question.model) ? changed : catalogue).rates(question),
  };
}

/** A percentage as the configuration keeps it, without its sign. */
function shareOf(percentage: string | undefined): number | null {
  return percentage === undefined ? null : Number(percentage) / 100;
}

/** Errors: `WHATIF_ENDPOINT_UNKNOWN`, at the place of the name, with the nearest that there is. */
export function checkEndpoints(
  { policies, placeOf }: PolicySource,
  endpoints: readonly string[],
): void {
  policies.forEach(({ match, lever }, index) => {
    if (NOT_RECKONED.has(lever)) return;
    (match?.endpoints ?? []).forEach((endpoint, at) => {
      if (endpoints.includes(endpoint)) return;
      const near = closestWord(endpoint, endpoints);
      throw new PurserError("WHATIF_ENDPOINT_UNKNOWN", {
        what: `no call of the window has the endpoint "${endpoint}"`,
        where: placeOf(["policies", index, "match", "endpoints", at]),
        ...(near === null ? {} : { mend: `Did you mean "${near}"?` }),
      });
    });
  });
}
