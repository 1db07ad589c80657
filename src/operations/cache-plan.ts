import { z } from "zod";
import { formatUsd, PurserError, picoUsd } from "../base/index.ts";
import {
  ARRIVALS,
  breakEvenRequests,
  findVolatileText,
  hitChance,
} from "../domain/prompt-cache/index.ts";
import { type EndpointPlan, type MarkedPlace, planEndpoint } from "./cache/plan/plan-endpoint.ts";
import { type FilePlan, planFile } from "./cache/plan/plan-file.ts";
import { renderPlaces } from "./cache/plan/render-code.ts";
import { type PromptFindings, PromptWatch } from "./cache/plan/watch-prompts.ts";
import type { CachedModel } from "./cache/priced-model.ts";
import { type Traffic, trafficOfLedger } from "./cache/traffic.ts";
import type { OperationContext } from "./context.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { count, usd } from "./output-values.ts";
import { readWindow } from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

/** Characters of a request's body: what the API itself takes, 32 MB. */
const REQUEST_CHARACTERS_MAX = 32 * 1024 * 1024;
const CALLS_MAX = 1_000_000_000;
/** Volatile texts are shown up to this many characters. */
const SHOWN_CHARACTERS_MAX = 120;

const monthly = z.object({
  usd: usd().describe("The likely figure. Estimated, from prompts only."),
  low_usd: usd(),
  high_usd: usd(),
});

const lifetime = z.enum(["5m", "1h"]);

const input = z.strictObject({
  request: z
    .string()
    .max(REQUEST_CHARACTERS_MAX)
    .optional()
    .describe("The JSON body of a Messages request."),
  endpoint: z
    .string()
    .max(300)
    .optional()
    .describe("Plan for this endpoint's traffic in the ledger instead."),
  model: z
    .string()
    .max(300)
    .optional()
    .describe("Plan for this model instead of the recorded one."),
  callsPerMonth: z
    .int()
    .min(1)
    .max(CALLS_MAX)
    .default(10_000)
    .describe("How often a request of this shape is sent; for a request file."),
  ...windowInput,
  at: z.string().max(40).optional().describe("The day whose prices hold; today's when left out."),
  explain: z.boolean().default(false).describe("Say what was learned, and what was assumed."),
});

const output = z.object({
  for: z.enum(["request", "endpoint"]),
  models: z.array(z.string()),
  minimum_tokens: count().describe("Shortest prefix that the model keeps."),
  prompt_tokens: count().nullable().describe("Of the request, estimated; null for an endpoint."),
  requests: count().nullable().describe("Of the endpoint, replayed; null for a request."),
  breakpoints: z
    .array(
      z.object({
        pointer: z.string().nullable().describe("JSON pointer of the block in the edited request."),
        place: z.enum(["tools", "system", "inside-messages", "end-of-prompt"]),
        lifetime,
        tokens: count().describe("Tokens of the prefix that it closes, estimated."),
        share: z.number().nullable().describe("Share of the endpoint's requests that carry it."),
        why: z.string(),
      }),
    )
    .describe("At most four for a request."),
  moves: z
    .array(
      z.object({
        what: z.enum(["volatile-text", "tool-order"]),
        pointer: z.string().nullable(),
        kinds: z.array(z.string()),
        text: z.string().nullable(),
        why: z.string(),
      }),
    )
    .describe("What breaks the prefix and should stand elsewhere."),
  not_cached: z.array(z.object({ what: z.string(), tokens: count().nullable(), why: z.string() })),
  break_even: z.object({
    read_ratio: z.number(),
    requests_5m: count().nullable().describe("Requests within the lifetime from which on it pays."),
    requests_1h: count().nullable(),
  }),
  now: monthly.describe("Prompts of a month as they are sent."),
  planned: monthly,
  saving: monthly,
  interval: z.string().describe("What the low and the high figure stand for."),
  edits: z
    .array(
      z.object({
        op: z.enum(["add", "replace", "remove"]),
        path: z.string().describe("JSON pointer."),
        value: z.unknown().optional(),
      }),
    )
    .describe("RFC 6902 operations, in order."),
  diff: z.string().nullable().describe("The same as a unified diff of the request's JSON."),
  code: z.string().nullable().describe("The same as TypeScript for the official SDK."),
  learned: z.array(z.string()),
  assumed: z.array(z.string()),
});

export const cachePlan = defineOperation({
  name: "cache-plan",
  path: ["cache", "plan"],
  title: "Where to put cache markers",
  summary:
    "Plans the prompt cache for a request file or for an endpoint's recorded traffic, with the saving and the edit.",
  effects: "reads",
  standardInput: "request",
  standardInputUnless: ["endpoint"],
  input,
  output,
  examples: [
    {
      says: "a request, as it was saved",
      shell: "purser cache plan request.json --calls-per-month 50000",
      input: {
        request:
          '{"model":"claude-opus-5-5","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}',
        callsPerMonth: 50_000,
      },
    },
    {
      says: "an endpoint's traffic of the last two weeks, with what was learned",
      input: { endpoint: "support-chat", since: "14d", explain: true },
    },
  ],
  async run(asked, context) {
    if (asked.endpoint !== undefined && asked.request !== undefined) {
      const what = "a request and an endpoint were both given";
      throw new PurserError("CACHE_SOURCE_AMBIGUOUS", { what, where: "endpoint" });
    }
    return asked.endpoint === undefined
      ? fromRequest(asked, context)
      : fromEndpoint(asked, asked.endpoint, context);
  },
});

type PlanInput = z.output<typeof input>;
type Plan = z.output<typeof output>;

/** Errors: `CACHE_REQUEST_UNREADABLE` and those of {@link planFile}. */
function fromRequest(asked: PlanInput, context: OperationContext): Plan {
  if (asked.request === undefined) {
    const what = "neither a request nor an endpoint was given";
    throw new PurserError("CACHE_REQUEST_UNREADABLE", { what, where: "request" });
  }
  const now = context.clock.now();
  const at = readOptionalMoment(asked.at, now, "at") ?? now;
  const { callsPerMonth } = asked;
  const question = { text: asked.request, model: asked.model, callsPerMonth, at };
  const plan = planFile(question, context.catalogue());
  return {
    for: "request",
    models: [plan.model.facts.id],
    minimum_tokens: plan.model.prefixTokensMin,
    prompt_tokens: plan.promptTokens,
    requests: null,
    breakpoints: plan.plan.markers.map((marker) => ({
      pointer: plan.blocks[marker.block]?.pointer ?? null,
      place: placeOf(plan, marker.block),
      lifetime: marker.lifetime,
      tokens: marker.tokens,
      share: null,
      why: MARKER_REASONS[marker.why],
    })),
    moves: movesOf(plan),
    not_cached: plan.plan.notCached.map(({ why, tokens }) => ({
      what: NOT_CACHED_PARTS[why],
      tokens,
      why: NOT_CACHED_REASONS[why],
    })),
    break_even: breakEven(plan.model),
    now: shown(plan.now),
    planned: shown(plan.planned),
    saving: shown(plan.saving),
    interval: `the least and the most over calls that come ${ARRIVALS.join(", or ")}, and over conversations that stop half or twice as often as assumed`,
    edits: plan.edits.map((edit) => ({ ...edit })),
    diff: plan.diff,
    code: plan.code,
    learned: [],
    assumed: asked.explain ? [...assumedOfFile(plan, callsPerMonth)] : [],
  };
}

const MARKER_REASONS = {
  "shared-prefix": "all calls share it, and they come often enough to find it again",
  conversation: "the next request of the conversation begins with it",
  lookback: "the end of the last request is more than twenty positions away",
} as const;

const NOT_CACHED_PARTS = {
  "too-short": "the prefix",
  "too-rare": "the shared prefix",
  "one-shot": "the messages",
  "behind-volatile-text": "everything behind volatile text",
} as const;

const NOT_CACHED_REASONS = {
  "too-short": "it is shorter than the model keeps, so a marker would do nothing",
  "too-rare": "at so many calls a month it is mostly gone before it is asked for again",
  "one-shot":
    "nothing says that a next request will begin with them, and a write costs more than it saves",
  "behind-volatile-text":
    "it is never found again, because what stands before it differs each time",
} as const;

function placeOf({ blocks }: FilePlan, block: number): Plan["breakpoints"][number]["place"] {
  const section = blocks[block]?.section ?? "messages";
  if (section !== "messages") return section;
  return blocks.findLastIndex(({ isVolatile }) => !isVolatile) === block
    ? "end-of-prompt"
    : "inside-messages";
}

function movesOf(plan: FilePlan): Plan["moves"] {
  const moved = plan.moves.map((move) => ({
    what: "volatile-text" as const,
    pointer: move.pointer,
    kinds: [...new Set(move.places.map(({ kind }) => kind as string))],
    text: cut(move.text),
    why: "it differs from call to call, so nothing behind it is found again; it goes behind the last marker",
  }));
  if (plan.stays === null) return moved;
  const staying = plan.blocks
    .filter(({ isVolatile, section }) => isVolatile && section !== "messages")
    .map(({ pointer, text }) => ({
      what: "volatile-text" as const,
      pointer,
      kinds: [
        ...new Set(
          findVolatileText(text ?? "")
            .filter(({ certain }) => certain)
            .map(({ kind }) => kind as string),
        ),
      ],
      text: null,
      why: `it differs from call to call and stays, because ${plan.stays ?? ""}`,
    }));
  return [...moved, ...staying];
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`;
}

function assumedOfFile(plan: FilePlan, callsPerMonth: number): readonly string[] {
  const chances = ARRIVALS.map((arrivals) => {
    const [short, long] = (["5m", "1h"] as const).map(
      (one) => `${(100 * hitChance(callsPerMonth, one, arrivals)).toFixed(1)}%`,
    );
    return `calls that come ${arrivals}: another came within 5 minutes before ${short}, within an hour ${long}`;
  });
  return [
    `${callsPerMonth} calls a month share the tools and the system prompt; the likely figure takes them to come at random`,
    ...chances,
    "a conversation whose last turn is a tool result goes on within 5 minutes in 93%, within an hour in 97% of cases; after a person's turn in 50% and 75%",
    "a single message without tools is taken to be one-shot; in a first call, what the next call saves is set against what it writes",
    `sizes are estimated from bytes for the tokenizer of ${plan.model.facts.displayName}`,
  ];
}

/** Errors: `CACHE_TRAFFIC_MISSING` and those of the ledger. */
async function fromEndpoint(
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
  const { requests } = plan.planned;
  const scale = monthOver(plan.windowMs);
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
    now: monthlyOf(plan.now.amount, scale),
    planned: monthlyOf(plan.planned.amount, scale),
    saving: estimateAsMonthly(plan.saving),
    interval: `95% of the sums of ${plan.saving.blocks} ${plan.saving.by}s drawn again; now and planned are as recorded, output included`,
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

function placesInCode({ places, planned }: EndpointPlan): Parameters<typeof renderPlaces>[0] {
  const found = PARTS.flatMap(([part, place]) => {
    const own = places.filter((one) => one.place === place);
    const carried = own.reduce((sum, { requests }) => sum + requests, 0);
    const [most] = own;
    if (most === undefined || carried < SHARE_IN_CODE_MIN * planned.requests) return [];
    return [{ part, lifetime: most.lifetime }];
  });
  // The API refuses an hour behind five minutes.
  const lastLong = found.findLastIndex(({ lifetime }) => lifetime === "1h");
  return found.map((one, index) => (index < lastLong ? { ...one, lifetime: "1h" } : one));
}

function monthOver(windowMs: number): number {
  return (30.4375 * 86_400_000) / windowMs;
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
    why: NOT_CACHED_REASONS["too-short"],
  };
  const lone = {
    what: `${unmarked} requests`,
    tokens: null,
    why: "nothing recorded says that they will be asked for again soon enough",
  };
  return [...(tooShort > 0 ? [short] : []), ...(unmarked > 0 ? [lone] : [])];
}

function breakEven({ ratios }: CachedModel): Plan["break_even"] {
  return {
    read_ratio: ratios.read,
    requests_5m: breakEvenRequests(ratios, "5m"),
    requests_1h: breakEvenRequests(ratios, "1h"),
  };
}

type Monthly = z.output<typeof monthly>;

function shown({ likely, low, high }: FilePlan["now"]): Monthly {
  return { usd: formatUsd(likely), low_usd: formatUsd(low), high_usd: formatUsd(high) };
}

/** What was recorded has no interval of its own; only the difference is uncertain. */
function monthlyOf(amount: bigint | null, scale: number): Monthly {
  const text = estimateText(Number(amount ?? 0n) * scale);
  return { usd: text, low_usd: text, high_usd: text };
}

function estimateAsMonthly({ likely, low, high }: EndpointPlan["saving"]): Monthly {
  return { usd: estimateText(likely), low_usd: estimateText(low), high_usd: estimateText(high) };
}

function estimateText(picodollars: number): string {
  return formatUsd(picoUsd(BigInt(Math.round(picodollars))));
}
