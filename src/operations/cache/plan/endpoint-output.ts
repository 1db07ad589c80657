/** The answer for an endpoint's recorded traffic. */
import { formatUsd, picoUsd } from "../../../base/index.ts";
import type { OperationContext } from "../../context.ts";
import { readOptionalMoment } from "../../moment.ts";
import { readWindow } from "../../spend-question.ts";
import { type Traffic, trafficOfLedger } from "../traffic.ts";
import { type EndpointPlan, type MarkedPlace, planEndpoint } from "./plan-endpoint.ts";
import { breakEven, type Monthly, type Plan, type PlanInput } from "./plan-schema.ts";
import { renderPlaces } from "./render-code.ts";
import { TOO_SHORT } from "./request-output.ts";
import { type PromptFindings, PromptWatch } from "./watch-prompts.ts";

/** Errors: `CACHE_TRAFFIC_MISSING` and those of the ledger. */
export async function planFromEndpoint(
  asked: PlanInput,
  endpoint: string,
  context: OperationContext,
): Promise<Plan> {
  const now = context.clock.now();
  const watch = new PromptWatch();
  const at = readOptionalMoment(asked.at, now, "at");
  const window = readWindow(asked, now);
  const where = [{ dimension: "endpoint", comparison: "is", value: endpoint }] as const;
  const traffic = await trafficOfLedger(
    {
      model: asked.model,
      at,
      minimumTokens: null,
      window,
      where,
      onExchange: (exchange) => watch.see(exchange),
    },
    context,
  );
  const plan = planEndpoint(traffic, context.catalogue(), window);
  return endpointPlan(traffic, plan, { findings: watch.findings(), explain: asked.explain });
}

function endpointPlan(
  traffic: Traffic,
  plan: EndpointPlan,
  { findings, explain }: { readonly findings: PromptFindings; readonly explain: boolean },
): Plan {
  const [first] = traffic.parts;
  if (first === undefined) throw new Error("traffic has at least one part");
  const { requests } = plan;
  return {
    for: "endpoint",
    models: [...new Set(traffic.parts.map(({ model }) => model.facts.id as string))],
    minimum_tokens: first.model.prefixTokensMin,
    prompt_tokens: null,
    requests,
    breakpoints: plan.places.map((place) => ({
      pointer: null,
      place: place.place,
      lifetime: place.lifetime,
      tokens: place.tokensMean,
      share: Number((place.requests / requests).toFixed(4)),
      why: PLACE_REASONS[place.place],
    })),
    moves: movesInTraffic(findings),
    not_cached: notCachedInTraffic(plan),
    break_even: breakEven(first.model),
    now: estimateAsMonthly(plan.now),
    planned: estimateAsMonthly(plan.planned),
    saving: estimateAsMonthly(plan.saving),
    interval: `95% of the sums of ${plan.saving.blocks} ${plan.saving.by}s drawn again`,
    edits: [],
    diff: null,
    code: renderPlaces(placesInCode(plan)),
    learned: explain ? [...plan.learned] : [],
    assumed: explain ? [...traffic.assumed, ...priors()] : [],
  };
}

const PLACE_REASONS: Readonly<Record<MarkedPlace["place"], string>> = {
  tools: "many requests share the tools",
  system: "many requests share tools and system prompt",
  "inside-messages": "requests part here, or an earlier turn ended here",
  "end-of-prompt": "the next request of the conversation begins with it",
};

/** Of each part the lifetime that most requests got, where at least this share got one. */
const SHARE_IN_CODE_MIN = 0.3;
const PARTS = [
  ["tools", "tools"],
  ["system", "system"],
  ["messages", "end-of-prompt"],
] as const;

function placesInCode({ places, requests: all }: EndpointPlan): Parameters<typeof renderPlaces>[0] {
  const found = PARTS.flatMap(([part, place]) => {
    const own = places.filter((one) => one.place === place);
    const carried = own.reduce((sum, { requests }) => sum + requests, 0);
    const [most] = own;
    if (most === undefined || carried < SHARE_IN_CODE_MIN * all) return [];
    return [{ part, lifetime: most.lifetime }];
  });
  // The API refuses an hour behind five minutes.
  const lastLong = found.findLastIndex(({ lifetime }) => lifetime === "1h");
  return found.map((one, index) => (index < lastLong ? { ...one, lifetime: "1h" } : one));
}

function priors(): readonly string[] {
  return [
    "before anything is learned: a tool result is followed within 5 minutes in 93%, within an hour in 97% of cases; a person's turn in 50% and 75%; a lone prompt in 15% and 25%",
    "a figure with 0 recent observations is still the prior; the more observations, the less the prior counts",
  ];
}

function movesInTraffic({ reorderedTools, volatileSystem }: PromptFindings): Plan["moves"] {
  const tools =
    reorderedTools.sets === 0
      ? []
      : [
          {
            what: "tool-order" as const,
            pointer: "/tools",
            kinds: [],
            text: null,
            why: `${reorderedTools.sets} sets of tools came in more than one order, in ${reorderedTools.requests} requests; send them sorted by name`,
          },
        ];
  const system = volatileSystem.map(({ block, different, requests }) => ({
    what: "volatile-text" as const,
    pointer: `/system/${block}`,
    kinds: [],
    text: null,
    why: `this block had ${different} different texts in ${requests} requests; move what differs behind the last marker`,
  }));
  return [...tools, ...system];
}

function notCachedInTraffic({ tooShort, unmarked }: EndpointPlan): Plan["not_cached"] {
  const short = {
    what: `${tooShort} requests`,
    tokens: null,
    why: TOO_SHORT,
  };
  const lone = {
    what: `${unmarked} requests`,
    tokens: null,
    why: "nothing recorded says that they will be asked for again soon enough",
  };
  return [...(tooShort > 0 ? [short] : []), ...(unmarked > 0 ? [lone] : [])];
}

function estimateAsMonthly({ likely, low, high }: EndpointPlan["saving"]): Monthly {
  return { usd: estimateText(likely), low_usd: estimateText(low), high_usd: estimateText(high) };
}

function estimateText(picodollars: number): string {
  return formatUsd(picoUsd(BigInt(Math.round(picodollars))));
}
