/** The answer for a request's body. */
import { formatUsd, PurserError } from "../../../base/index.ts";
import { ARRIVALS, findVolatileText, hitChance } from "../../../domain/prompt-cache/index.ts";
import type { OperationContext } from "../../context.ts";
import { readOptionalMoment } from "../../moment.ts";
import { type FilePlan, planFile } from "./plan-file.ts";
import { breakEven, type Monthly, type Plan, type PlanInput } from "./plan-schema.ts";

/** Volatile texts are shown up to this many characters. */
const SHOWN_CHARACTERS_MAX = 120;

/** Errors: `CACHE_REQUEST_UNREADABLE` and those of {@link planFile}. */
export function planFromRequest(asked: PlanInput, context: OperationContext): Plan {
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

export const TOO_SHORT = "it is shorter than the model keeps, so a marker would do nothing";

const NOT_CACHED_REASONS = {
  "too-short": TOO_SHORT,
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

function shown({ likely, low, high }: FilePlan["now"]): Monthly {
  return { usd: formatUsd(likely), low_usd: formatUsd(low), high_usd: formatUsd(high) };
}
