/** Designs to be run for real: small enough for that, and different in whatever an estimate looks at. */
import { type Random, randomChoice, randomInteger, seededRandom } from "../../../src/base/index.ts";
import { constant, type Workload, ZERO } from "../../../src/domain/workloads/index.ts";

export type RealDesign = { readonly workload: Workload; readonly model: string };

const MODELS = ["claude-sonnet-5-5", "claude-opus-5-5", "claude-opus-4-8"] as const;
const RULES = ["none", "5m", "1h", "automatic"] as const;

/** Nothing varies: the estimate is one number. */
export function constantDesign(seed: number): RealDesign {
  const random = seededRandom(seed);
  const conversations = randomChoice(random, [12, 40, 100]);
  return {
    model: randomChoice(random, MODELS),
    workload: {
      ...common(random),
      system: constant(randomInteger(random, 300, 3_000)),
      documents: { tokens: constant(randomChoice(random, [0, 900])), shared: false },
      retrieval: { tokens: constant(randomChoice(random, [0, 200])), kept: random.next() < 0.5 },
      message: constant(randomInteger(random, 10, 400)),
      output: constant(randomInteger(random, 10, 300)),
      turns: constant(randomInteger(random, 1, 4)),
      secondsBetweenTurns: constant(randomChoice(random, [30, 400])),
      volume: volumeOf(conversations, "even"),
    },
  };
}

/** Sizes, turns, pauses and arrivals vary. */
export function varyingDesign(seed: number): RealDesign {
  const random = seededRandom(seed);
  return {
    model: randomChoice(random, MODELS),
    workload: {
      ...common(random),
      system: constant(randomInteger(random, 300, 3_000)),
      message: { kind: "log-normal", median: randomInteger(random, 40, 200), sigma: 0.8 },
      output: { kind: "uniform", min: 10, max: randomInteger(random, 60, 600) },
      turns: { kind: "choice", values: [1, 2, 5], weights: [5, 3, 2] },
      secondsBetweenTurns: { kind: "log-normal", median: 90, sigma: 1 },
      volume: volumeOf(randomInteger(random, 15, 40), "random"),
    },
  };
}

function common(random: Random): Workload {
  return {
    name: "real",
    model: null,
    effort: null,
    cache: randomChoice(random, RULES),
    batch: false,
    latencyMsMax: null,
    tools: ZERO,
    system: ZERO,
    documents: { tokens: ZERO, shared: false },
    retrieval: { tokens: ZERO, kept: false },
    message: ZERO,
    output: ZERO,
    outputTokensMax: null,
    turns: constant(1),
    historyPerTurn: null,
    historyTurnsMax: null,
    secondsBetweenTurns: constant(60),
    retries: 0,
    webSearchesPerCall: ZERO,
    volume: volumeOf(1, "even"),
  };
}

function volumeOf(perDay: number, arrivals: "even" | "random"): Workload["volume"] {
  return {
    of: "conversations",
    perDay: constant(perDay),
    users: null,
    byHour: [],
    byWeekday: [],
    byMonth: [],
    arrivals,
  };
}
