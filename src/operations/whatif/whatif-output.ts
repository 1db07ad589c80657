/** The answer of `purser whatif`, from the sums of the engine. */
import { formatUsd, picoUsd } from "../../base/index.ts";
import { PREDICTION_TOLERANCE, type Step, type StepSums } from "../../domain/workloads/index.ts";
import type { RanWhatif } from "./run-whatif.ts";
import type { WhatifOutput } from "./whatif-schema.ts";

type Scenarios = StepSums["amount"];

export function whatifAnswer(
  steps: readonly Step[],
  ran: RanWhatif,
  warnings: readonly string[],
): WhatifOutput {
  const { engine, checkedCalls, withoutBill, assumed, source } = ran;
  const { recorded } = engine;
  const error = ran.past.error();
  const start: Scenarios = { likely: recorded, low: recorded, high: recorded };
  let widened = 0n;
  const rows = engine.sums.map((sum, index) => {
    const before = engine.sums[index - 1]?.amount ?? start;
    const own = widen(sum.predictedPromptAmount, error);
    widened += own;
    const saving = before.likely - sum.amount.likely;
    return {
      policy: steps[index]?.name ?? "",
      lever: steps[index]?.lever.kind ?? "",
      matched: sum.matched,
      changed: sum.changed,
      answers_cut: sum.cut,
      not_applied: Object.fromEntries(sum.notApplied),
      saving_usd: money(saving),
      interval: rangeOf([saving, before.low - sum.amount.low, before.high - sum.amount.high], own),
      after_usd: money(sum.amount.likely),
    };
  });
  const last = engine.sums.at(-1)?.amount ?? start;
  const unmatched = engine.sums.flatMap(({ matched }, index) =>
    matched === 0 ? [`policy "${steps[index]?.name}" fits no call of the window`] : [],
  );
  return {
    source,
    calls: engine.calls,
    without_bill: withoutBill,
    past: {
      usd: money(recorded),
      repriced_exactly: engine.repricedExactly,
      kept: engine.kept,
      repriced_otherwise: repricedRows(ran),
      checked_calls: checkedCalls,
      predictions: predictionRows(ran),
      trust: trustOf(ran, error),
    },
    steps: rows,
    total: {
      before_usd: money(recorded),
      after_usd: money(last.likely),
      saving_usd: money(recorded - last.likely),
      interval: rangeOf(
        [recorded - last.likely, recorded - last.low, recorded - last.high],
        widened,
      ),
    },
    covers: [...coversOf(steps, error)],
    warnings: [...warnings, ...unmatched],
    assumed: [...assumed],
  };
}

function money(amount: bigint): string {
  return formatUsd(picoUsd(amount));
}

/** What a predicted cost may be off by, at the error that was seen on the past. */
function widen(predicted: bigint, error: number): bigint {
  return (predicted * BigInt(Math.ceil(error * 1e6))) / 1_000_000n;
}

function rangeOf(values: readonly bigint[], widened: bigint) {
  const low = values.reduce((least, value) => (value < least ? value : least)) - widened;
  const high = values.reduce((most, value) => (value > most ? value : most)) + widened;
  return low === high ? null : { low_usd: money(low), high_usd: money(high) };
}

function repricedRows({ engine }: RanWhatif) {
  return [...engine.repricedOtherwise].map(([key, { calls, recorded, repriced }]) => {
    const [endpoint = "", model = ""] = key.split("\n");
    return {
      endpoint: endpoint === "" ? null : endpoint,
      model,
      calls,
      usd: money(recorded),
      repriced_usd: money(repriced),
    };
  });
}

function predictionRows({ past }: RanWhatif) {
  return past.groups().map(({ endpoint, model, calls, billed, predicted }) => {
    const off = billed === 0 ? 0 : predicted / billed - 1;
    return {
      endpoint,
      model,
      calls,
      off: Number(off.toFixed(6)),
      trusted: Math.abs(off) <= PREDICTION_TOLERANCE,
    };
  });
}

function trustOf({ past, checkedCalls }: RanWhatif, error: number): string {
  if (checkedCalls === 0) {
    return "no prompt of the window is in the ledger, so cache use could not be predicted: trust nothing that it says of caching";
  }
  const off = past
    .groups()
    .filter(
      ({ billed, predicted }) => Math.abs(predicted - billed) > PREDICTION_TOLERANCE * billed,
    );
  const overall = `overall it is off by ${(100 * error).toFixed(2)}%`;
  return off.length === 0
    ? `cache use of the past is predicted within 1% everywhere; ${overall}`
    : `cache use of the past is off by more than 1% for ${off.length} of ${past.groups().length} pairs of endpoint and model: trust what is said of their caching no further than that; ${overall}`;
}

/** What the ends of an interval stand for, as far as the steps have any. */
function coversOf(steps: readonly Step[], error: number): readonly string[] {
  const kinds = new Set(steps.map(({ lever }) => lever.kind));
  const covers: string[] = [];
  if (kinds.has("route")) {
    covers.push("another tokenizer: 20% to 40% more tokens on Claude 4.7 and later, 30% likely");
    covers.push(
      "a changed length of answers: outputChangeLow to outputChangeHigh, where they are given",
    );
  }
  if (kinds.has("effort")) {
    covers.push(
      "the effort index, a rough guide: its effect between half and one and a half of it",
    );
  }
  if (kinds.has("defer"))
    covers.push("cache hits inside a batch: 30% to 98%, unless cacheHits says");
  if (["cache", "trim-tools", "trim-history"].some((kind) => kinds.has(kind as "cache"))) {
    covers.push(`predicted cache use: off by ${(100 * error).toFixed(2)}%, as it was for the past`);
  }
  if (covers.length > 0) {
    covers.push("all uncertain figures at one end together: a range, and no probability");
  }
  return covers;
}
