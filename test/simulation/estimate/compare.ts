/** Estimates of designs beside what the same designs were billed when they ran for real. */
import { DAY_MS, type PicoUsd, parseInstant, picoUsd } from "../../../src/base/index.ts";
import { compileCatalogue, type ModelFacts } from "../../../src/domain/catalogue/index.ts";
import {
  A_DAY,
  type Conversation,
  generateDay,
  rangeAround,
  type Workload,
  WorkloadEstimator,
} from "../../../src/domain/workloads/index.ts";
import type { RealDesign } from "./random-designs.ts";
import { type RealBed, startRealBed, TAIL_TOKENS } from "./run-for-real.ts";

const CATALOGUE = compileCatalogue();

export type Comparison = {
  readonly label: string;
  readonly estimated: PicoUsd;
  /** The ledger's, less what the simulator counts behind every prompt and no design knows. */
  readonly billed: PicoUsd;
  readonly low: PicoUsd;
  readonly high: PicoUsd;
};

/** `seedOf` is the seed of the real traffic; the estimate has one of its own. */
export async function compareForReal(
  designs: readonly RealDesign[],
  seedOf: (index: number) => number,
): Promise<readonly Comparison[]> {
  await using bed = await startRealBed();
  const calls: number[] = [];
  for (const [index, design] of designs.entries()) {
    calls.push(await sendOne(bed, design, { index, seed: seedOf(index) }));
  }
  const billed = await bed.billed();
  return designs.map((design, index) => {
    const label = `d${index}`;
    const { estimated, low, high } = estimateOf(design);
    const tail = BigInt((calls[index] ?? 0) * TAIL_TOKENS) * inputPrice(modelOf(design));
    return { label, estimated, low, high, billed: picoUsd((billed.get(label) ?? 0n) - tail) };
  });
}

function modelOf({ model }: RealDesign): ModelFacts {
  const found = CATALOGUE.resolve(model);
  if (found.kind === "unknown") throw new Error(model);
  return found.facts;
}

function inputPrice({ prices }: ModelFacts): bigint {
  return prices.at(-1)?.standard.input ?? 0n;
}

function estimateOf(design: RealDesign) {
  const model = modelOf(design);
  const at = parseInstant(new Date().toISOString());
  if (at === null) throw new Error("now is a moment");
  const setting = {
    catalogue: CATALOGUE,
    at,
    tokenizer: model.tokenizer,
    batchCacheHits: 1,
    seed: 1,
  };
  const { cache, batch, effort } = design.workload;
  const estimate = new WorkloadEstimator(design.workload, setting).estimate({
    model,
    cache,
    batch,
    effort,
  });
  if (estimate === null) throw new Error(`${model.id} is sold so`);
  const estimated = estimate.amountOf(A_DAY);
  const range = estimate.spread === null ? null : rangeAround(estimated, [estimate.spread], 1);
  return { estimated, low: range?.low ?? estimated, high: range?.high ?? estimated };
}

/** One day of the seed's traffic, after what came before it. */
function sendOne(
  bed: RealBed,
  { workload, model }: RealDesign,
  { index, seed }: { readonly index: number; readonly seed: number },
): Promise<number> {
  const [slot] = generateDay(workload, seed);
  if (slot === undefined) throw new Error("a small day is one slot");
  const { before, counted } = dayOf(workload, slot);
  return bed.send({ label: `d${index}`, workload, model, before, counted });
}

type Day = { readonly before: readonly Conversation[]; readonly counted: readonly Conversation[] };

function dayOf(
  workload: Workload,
  slot: { readonly conversations: readonly Conversation[]; readonly before: Day["before"] },
): Day {
  const { conversations, before } = slot;
  if (workload.volume.arrivals === "even") return { before, counted: conversations };
  // Several days were drawn: the second counts, and the first fills the cache.
  const startOf = ({ turns }: Conversation): number => turns[0]?.atMs ?? 0;
  const within = (from: number): readonly Conversation[] =>
    conversations.filter((one) => startOf(one) >= from && startOf(one) < from + DAY_MS);
  return { before: within(0), counted: within(DAY_MS) };
}
