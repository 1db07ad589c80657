/**
 * The models of the simulated API: prices, limits and behaviour, written down here a second time
 * and on purpose, so that the product's own catalogue has an independent judge.
 */
import { doubled, type PricePeriod, type Rates, rates } from "./rates.ts";

export type FastMode = "none" | "open" | "beta" | "bills-standard";

export type SimulatedModel = {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly displayName: string;
  readonly line: "haiku" | "sonnet" | "opus" | "fable" | "mythos";
  readonly releasedMs: number;
  /** The instant from which the API answers 404. */
  readonly retiresMs: number | null;
  readonly deprecated: boolean;
  readonly contextTokens: number;
  readonly outputTokensMax: number;
  readonly cacheTokensMin: number;
  /** 4.7 and later count about 30% more tokens for the same text. */
  readonly tokenizer: "newer" | "older";
  readonly highResolutionImages: boolean;
  /** `inference_geo` is a 400 on models before 4.6. */
  readonly regional: boolean;
  /** The conversation may end with an assistant message that the model continues. */
  readonly prefill: boolean;
  /** Earlier thinking is dropped once a plain user message follows. */
  readonly stripsThinking: boolean;
  /** `role: "system"` may stand inside `messages`. */
  readonly systemMessages: boolean;
  readonly fast: FastMode;
  readonly fastUntilMs: number | null;
  /** Tokens of the tool-use system prompt; `forced` is `null` where a forced choice is a 400. */
  readonly toolPrompt: { readonly auto: number; readonly forced: number | null };
  readonly effortLevels: readonly string[];
  readonly prices: readonly PricePeriod[];
};

type Row = Partial<SimulatedModel> & {
  readonly id: string;
  readonly name: string;
  readonly released: string;
  readonly generation: number;
  readonly standard: Rates;
};

const K = 1_000;
const MILLION = 1_000_000;
const NO_EFFORT: readonly string[] = [];
const EFFORT: readonly string[] = ["low", "medium", "high", "max"];
const EFFORT_EXTENDED: readonly string[] = ["low", "medium", "high", "xhigh", "max"];
/** The Fable line's overhead is not published: the named assumption is that of its siblings. */
export const TOOL_PROMPT_ASSUMED = { auto: 286, forced: 406 } as const;

function day(text: string): number {
  return Date.parse(`${text}T00:00:00Z`);
}

function lineOf(id: string): SimulatedModel["line"] {
  const lines = ["haiku", "sonnet", "opus", "fable", "mythos"] as const;
  return lines.find((line) => id.includes(line)) ?? "opus";
}

function period(released: string, standard: Rates, fast: Rates | null): PricePeriod {
  return { fromMs: day(released), standard, step: null, fast };
}

/** Fills a row with what follows from the model's generation. */
function model(row: Row): SimulatedModel {
  const { name, released, generation, standard, ...rest } = row;
  const modern = generation >= 4.6;
  const fast = row.fast === "open" || row.fast === "beta" ? doubled(standard) : null;
  return {
    aliases: [],
    displayName: name,
    line: lineOf(row.id),
    releasedMs: day(released),
    retiresMs: null,
    deprecated: false,
    contextTokens: modern ? MILLION : 200 * K,
    outputTokensMax: modern ? 128 * K : 64 * K,
    cacheTokensMin: generation >= 5 ? 512 : 1_024,
    tokenizer: generation >= 4.7 ? "newer" : "older",
    highResolutionImages: generation >= 4.7,
    regional: modern,
    prefill: !modern,
    stripsThinking: false,
    systemMessages: generation >= 5,
    fast: "none",
    fastUntilMs: null,
    toolPrompt: TOOL_PROMPT_ASSUMED,
    effortLevels: generation >= 4.7 ? EFFORT_EXTENDED : modern ? EFFORT : NO_EFFORT,
    prices: [period(released, standard, fast)],
    ...rest,
  };
}

const FABLE_5_2 = rates(8, 40, 0.2);
const FABLE_5_1 = rates(10, 50, 0.25);
const FABLE_5 = rates(10, 50, 1);
const OPUS = rates(5, 25, 0.5);
const SONNET = rates(3, 15, 0.3);
const OLD_TOOLS = { auto: 496, forced: 588 };
const FOUR_SIX_TOOLS = { auto: 497, forced: 589 };
const FOUR_TOOLS = { auto: 313, forced: 315 };

const CURRENT: readonly SimulatedModel[] = [
  model({
    id: "claude-fable-5-2",
    name: "Claude Fable 5.2",
    released: "2026-11-09",
    generation: 5.2,
    standard: FABLE_5_2,
    fast: "open",
  }),
  model({
    id: "claude-mythos-5-2",
    name: "Claude Mythos 5.2",
    released: "2026-11-09",
    generation: 5.2,
    standard: FABLE_5_2,
    fast: "open",
  }),
  model({
    id: "claude-haiku-5-5",
    name: "Claude Haiku 5.5",
    released: "2026-10-07",
    generation: 5.5,
    standard: rates(0.1, 0.5, 0.01),
    toolPrompt: { auto: 286, forced: 406 },
    prices: [
      {
        fromMs: day("2026-10-07"),
        standard: rates(0.1, 0.5, 0.01),
        step: { aboveTokens: 100 * K, rates: rates(0.5, 2.5, 0.05) },
        fast: null,
      },
    ],
  }),
  model({
    id: "claude-sonnet-5-5",
    name: "Claude Sonnet 5.5",
    released: "2026-09-28",
    generation: 5.5,
    standard: rates(2, 10, 0.1),
    toolPrompt: { auto: 286, forced: null },
    prices: [
      period("2026-09-28", rates(2, 10, 0.2), null),
      period("2026-10-07", rates(2, 10, 0.1), null),
    ],
  }),
  model({
    id: "claude-opus-5-5",
    name: "Claude Opus 5.5",
    released: "2026-09-22",
    generation: 5.5,
    standard: rates(4, 20, 0.2),
    fast: "open",
    toolPrompt: { auto: 286, forced: null },
  }),
  model({
    id: "claude-fable-5-1",
    name: "Claude Fable 5.1",
    released: "2026-09-01",
    generation: 5.1,
    standard: FABLE_5_1,
  }),
  model({
    id: "claude-mythos-5-1",
    name: "Claude Mythos 5.1",
    released: "2026-09-01",
    generation: 5.1,
    standard: FABLE_5_1,
  }),
  model({
    id: "claude-opus-5",
    name: "Claude Opus 5",
    released: "2026-07-24",
    generation: 5,
    standard: OPUS,
    fast: "beta",
    toolPrompt: { auto: 286, forced: 406 },
  }),
  model({
    id: "claude-sonnet-5",
    name: "Claude Sonnet 5",
    released: "2026-06-30",
    generation: 5,
    standard: rates(2, 10, 0.2),
    cacheTokensMin: 1_024,
    systemMessages: false,
    toolPrompt: { auto: 354, forced: 474 },
  }),
  model({
    id: "claude-fable-5",
    name: "Claude Fable 5",
    released: "2026-06-09",
    generation: 5,
    standard: FABLE_5,
  }),
  model({
    id: "claude-mythos-5",
    name: "Claude Mythos 5",
    released: "2026-06-09",
    generation: 5,
    standard: FABLE_5,
  }),
  model({
    id: "claude-opus-4-8",
    name: "Claude Opus 4.8",
    released: "2026-05-28",
    generation: 4.8,
    standard: OPUS,
    systemMessages: true,
    fast: "beta",
    fastUntilMs: day("2026-11-30"),
    toolPrompt: { auto: 290, forced: 410 },
  }),
  model({
    id: "claude-opus-4-7",
    name: "Claude Opus 4.7",
    released: "2026-04-16",
    generation: 4.7,
    standard: OPUS,
    cacheTokensMin: 2_048,
    toolPrompt: { auto: 675, forced: 804 },
  }),
  model({
    id: "claude-sonnet-4-6",
    name: "Claude Sonnet 4.6",
    released: "2026-02-17",
    generation: 4.6,
    standard: SONNET,
    toolPrompt: FOUR_SIX_TOOLS,
  }),
  model({
    id: "claude-opus-4-6",
    name: "Claude Opus 4.6",
    released: "2026-02-05",
    generation: 4.6,
    standard: OPUS,
    cacheTokensMin: 4_096,
    fast: "bills-standard",
    toolPrompt: FOUR_SIX_TOOLS,
  }),
  model({
    id: "claude-opus-4-5-20251101",
    aliases: ["claude-opus-4-5"],
    name: "Claude Opus 4.5",
    released: "2025-11-24",
    generation: 4.5,
    standard: OPUS,
    cacheTokensMin: 4_096,
    toolPrompt: OLD_TOOLS,
  }),
  model({
    id: "claude-haiku-4-5-20251001",
    aliases: ["claude-haiku-4-5"],
    name: "Claude Haiku 4.5",
    released: "2025-10-15",
    generation: 4.5,
    standard: rates(1, 5, 0.1),
    cacheTokensMin: 4_096,
    stripsThinking: true,
    toolPrompt: OLD_TOOLS,
  }),
  model({
    id: "claude-sonnet-4-5-20250929",
    aliases: ["claude-sonnet-4-5"],
    name: "Claude Sonnet 4.5",
    released: "2025-09-29",
    generation: 4.5,
    standard: SONNET,
    stripsThinking: true,
    deprecated: true,
    retiresMs: day("2026-11-30"),
    toolPrompt: OLD_TOOLS,
  }),
];

const RETIRED: readonly SimulatedModel[] = [
  model({
    id: "claude-opus-4-1-20250805",
    aliases: ["claude-opus-4-1"],
    name: "Claude Opus 4.1",
    released: "2025-08-05",
    generation: 4.1,
    standard: rates(15, 75, 1.5),
    outputTokensMax: 32 * K,
    stripsThinking: true,
    deprecated: true,
    retiresMs: day("2026-08-05"),
    toolPrompt: FOUR_TOOLS,
  }),
  model({
    id: "claude-opus-4-20250514",
    aliases: ["claude-opus-4-0"],
    name: "Claude Opus 4",
    released: "2025-05-22",
    generation: 4,
    standard: rates(15, 75, 1.5),
    outputTokensMax: 32 * K,
    stripsThinking: true,
    deprecated: true,
    retiresMs: day("2026-06-15"),
    toolPrompt: FOUR_TOOLS,
  }),
  model({
    id: "claude-sonnet-4-20250514",
    aliases: ["claude-sonnet-4-0"],
    name: "Claude Sonnet 4",
    released: "2025-05-22",
    generation: 4,
    standard: SONNET,
    stripsThinking: true,
    deprecated: true,
    retiresMs: day("2026-06-15"),
    toolPrompt: FOUR_TOOLS,
  }),
];

export const SIMULATED_MODELS: readonly SimulatedModel[] = [...CURRENT, ...RETIRED];

const BY_NAME: ReadonlyMap<string, SimulatedModel> = new Map(
  SIMULATED_MODELS.flatMap((entry) =>
    [entry.id, ...entry.aliases].map((name) => [name, entry] as const),
  ),
);

/** The model that answers to `name` at `nowMs`: released and not retired, else `null` (a 404). */
export function findModel(name: string, nowMs: number): SimulatedModel | null {
  const found = BY_NAME.get(name) ?? null;
  if (found === null || nowMs < found.releasedMs) return null;
  return found.retiresMs !== null && nowMs >= found.retiresMs ? null : found;
}

/** The model of that exact id or alias, whatever the date; for pricing what was served before. */
export function modelNamed(name: string): SimulatedModel | null {
  return BY_NAME.get(name) ?? null;
}

/** The models on sale at `nowMs`, newest first, as the models endpoint lists them. */
export function modelsAt(nowMs: number): readonly SimulatedModel[] {
  return SIMULATED_MODELS.filter((entry) => findModel(entry.id, nowMs) !== null).sort(
    (left, right) => right.releasedMs - left.releasedMs,
  );
}
