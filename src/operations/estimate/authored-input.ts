/** The design that was asked about: from its text, or from flags. */
import { PurserError } from "../../base/index.ts";
import {
  type AuthoredDesign,
  type AuthoredSize,
  type AuthoredWorkload,
  designSchema,
  readDesign,
} from "../../config/index.ts";
import { designFlags, type EstimateInput } from "./estimate-schema.ts";
import { type PlaceOf, tokensOf } from "./to-design.ts";

/** Keys of the design by the flag that stands for them. */
const FLAG_OF: Readonly<Record<string, string>> = {
  systemPrompt: "--system-tokens",
  tools: "--tools-tokens",
  documents: "--documents-tokens",
  retrieval: "--retrieval-tokens",
  message: "--input-tokens",
  response: "--output-tokens",
  maxTokens: "--max-tokens",
  volume: "--calls-per-day",
  turns: "--turns",
  cache: "--cache",
  batch: "--batch",
  latency: "--latency",
  effort: "--effort",
  model: "--model",
};

/** Errors: `DESIGN_MISSING`, `DESIGN_AMBIGUOUS`, those of `readDesign`. */
export function authoredInput(input: EstimateInput): {
  readonly authored: AuthoredDesign;
  readonly placeOf: PlaceOf;
} {
  const given = flagsGiven(input);
  if (input.design === undefined) return fromFlags(input);
  if (given.length > 0) {
    const what = "a design and flags that make up another one were both given";
    throw new PurserError("DESIGN_AMBIGUOUS", { what, where: given[0] ?? "" });
  }
  const { value, placeOf } = readDesign(input.designName, input.design);
  const authored = input.model === undefined ? value : withModel(value, input.model);
  return { authored, placeOf };
}

/** A model that is asked for takes the place of the file's, and sizes stay in the file's tokens. */
function withModel(authored: AuthoredDesign, model: string): AuthoredDesign {
  const isSaid = [authored, ...authored.workloads].some((one) => one.model !== undefined);
  const countedWith = authored.countedWith ?? (isSaid ? tokensOf(authored) : undefined);
  const workloads = authored.workloads.map(({ model: _own, ...rest }) => rest);
  return { ...authored, model, workloads, ...(countedWith === undefined ? {} : { countedWith }) };
}

export const DESIGN_FLAGS = Object.keys(designFlags);

function flagsGiven(input: EstimateInput): readonly string[] {
  const given: Readonly<Record<string, unknown>> = input;
  return DESIGN_FLAGS.filter((name) => given[name] !== undefined && given[name] !== false);
}

function fromFlags(input: EstimateInput) {
  const { outputTokens, callsPerDay, inputTokens = 0 } = input;
  if (outputTokens === undefined || callsPerDay === undefined) {
    const what = "the length of a response and the number of calls are needed";
    throw new PurserError("DESIGN_MISSING", {
      what,
      where: outputTokens === undefined ? "--output-tokens" : "--calls-per-day",
    });
  }
  const placeOf: PlaceOf = (path) => FLAG_OF[String(path[2] ?? path[0])] ?? "flags";
  const fixed = (value: number | undefined): AuthoredSize | undefined =>
    value === undefined ? undefined : { kind: "number", value };
  const workload = {
    name: "calls",
    systemPrompt:
      input.systemPrompt === undefined
        ? fixed(input.systemTokens)
        : ({ kind: "text", text: input.systemPrompt } as const),
    tools: fixed(input.toolsTokens),
    documents: section(fixed(input.documentsTokens)),
    retrieval: section(fixed(input.retrievalTokens)),
    message: fixed(inputTokens),
    response: { kind: "number", value: outputTokens } as const,
    maxTokens: input.maxTokens,
    turns: fixed(input.turns),
    cache: input.cache,
    batch: input.batch,
    latency: latencyOf(input.latency),
    effort: input.effort,
    volume: { callsPerDay: { kind: "number", value: callsPerDay } as const, users: input.users },
  } satisfies Record<keyof AuthoredWorkload, unknown> | Record<string, unknown>;
  const said = Object.fromEntries(
    Object.entries(workload).filter(([, value]) => value !== undefined),
  ) as AuthoredWorkload;
  const authored: AuthoredDesign = {
    ...(input.model === undefined ? {} : { model: input.model }),
    workloads: [said],
  };
  return { authored, placeOf };
}

function section(tokens: AuthoredSize | undefined) {
  return tokens === undefined ? undefined : { tokens };
}

/** Errors: `DESIGN_INVALID`. The unit is read as in a file. */
function latencyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const schema = designSchema.shape.workloads.element.shape.latency;
  const checked = schema.safeParse(text);
  if (checked.success) return checked.data;
  const what = checked.error.issues[0]?.message ?? "not a duration";
  throw new PurserError("DESIGN_INVALID", {
    what,
    where: "--latency",
    mend: "Write 3s, 5m or 24h.",
  });
}
