/**
 * What the simulated API would put on the invoice for one call, by the simulator's own price table.
 * Order of modifiers: rate of (model, date, step, speed), then the region; fees are added after.
 */
import { assert } from "../../base/index.ts";
import { modelNamed, type SimulatedModel } from "./model-table.ts";
import type { PricePeriod, Rates } from "./rates.ts";

/** Tokens of one sampling. The four prompt classes sum to the prompt; thinking is inside output. */
export type SampledTokens = {
  readonly input: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
  readonly output: number;
};

export type BillableCall = SampledTokens & {
  readonly model: string;
  readonly atMs: number;
  readonly speed: "standard" | "fast";
  readonly region: "us" | "global";
  /** Half price on every token class. */
  readonly batch: boolean;
  readonly webSearches: number;
  /** Where the Haiku 5.5 step is looked for; see the named assumptions. */
  readonly stepLooksAt: "iteration" | "request";
  /** Where betas sample more than once, these are billed and the top-level tokens are not. */
  readonly iterations: readonly (SampledTokens & { readonly model: string | null })[] | null;
};

export type SimulatedBillLine = {
  readonly item: "input" | "write_5m" | "write_1h" | "read" | "output" | "web_search";
  readonly model: string;
  readonly quantity: number;
  readonly picoUsd: bigint;
};

export type SimulatedBill = {
  readonly totalPicoUsd: bigint;
  readonly lines: readonly SimulatedBillLine[];
};

/** Ten dollars for a thousand searches. */
const WEB_SEARCH_PICO_USD = 10_000_000_000n;
export const NOTHING_BILLED: SimulatedBill = { totalPicoUsd: 0n, lines: [] };

/** The exact bill of a call. The model must be one of the simulator's own. */
export function billCall(call: BillableCall): SimulatedBill {
  const samples = call.iterations ?? [{ ...call, model: call.model }];
  const lines = samples.flatMap((sample) => tokenLines(call, sample, sample.model ?? call.model));
  if (call.webSearches > 0) lines.push(searchLine(call));
  return { totalPicoUsd: lines.reduce((sum, line) => sum + line.picoUsd, 0n), lines };
}

function tokenLines(
  call: BillableCall,
  sample: SampledTokens,
  modelName: string,
): SimulatedBillLine[] {
  const model = modelNamed(modelName);
  assert(model !== null, `the simulator has no price for ${modelName}`);
  const prices = ratesFor(model, call, sample);
  const priced = [
    ["input", sample.input, prices.input],
    ["write_5m", sample.write5m, prices.write5m],
    ["write_1h", sample.write1h, prices.write1h],
    ["read", sample.read, prices.read],
    ["output", sample.output, prices.output],
  ] as const;
  return priced
    .filter(([, quantity]) => quantity > 0)
    .map(([item, quantity, price]) => ({
      item,
      model: model.id,
      quantity,
      picoUsd: modified(BigInt(quantity) * price, call),
    }));
}

function ratesFor(model: SimulatedModel, call: BillableCall, sample: SampledTokens): Rates {
  const period = periodAt(model, call.atMs);
  if (call.speed === "fast" && period.fast !== null) return period.fast;
  const measured = call.stepLooksAt === "request" ? call : sample;
  const promptTokens = measured.input + measured.write5m + measured.write1h + measured.read;
  const { step } = period;
  return step !== null && promptTokens > step.aboveTokens ? step.rates : period.standard;
}

function periodAt(model: SimulatedModel, atMs: number): PricePeriod {
  const period = model.prices.findLast((candidate) => candidate.fromMs <= atMs) ?? model.prices[0];
  assert(period !== undefined, `${model.id} has a price`);
  return period;
}

/** Half for a batch, a tenth more in the `us` region, on all token classes. */
function modified(amount: bigint, call: BillableCall): bigint {
  const numerator = amount * (call.region === "us" ? 11n : 10n);
  const denominator = call.batch ? 20n : 10n;
  assert(numerator % denominator === 0n, "a modified price is a whole number of picodollars");
  return numerator / denominator;
}

function searchLine(call: BillableCall): SimulatedBillLine {
  return {
    item: "web_search",
    model: call.model,
    quantity: call.webSearches,
    picoUsd: BigInt(call.webSearches) * WEB_SEARCH_PICO_USD,
  };
}
