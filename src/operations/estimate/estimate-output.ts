/** The answer of `purser estimate`, from a design that was checked. */
import { formatInstant, formatUsd, type Instant, type PicoUsd, picoUsd } from "../../base/index.ts";
import type { Catalogue, ModelFacts } from "../../domain/catalogue/index.ts";
import {
  A_DAY,
  A_MONTH,
  A_YEAR,
  COMPARED_RULES,
  columnOf,
  DesignComparison,
  type DesignSetting,
  DRIVER_ITEMS,
  DRIVER_PARTS,
  type DriverCell,
  type DriverItem,
  estimateDesign,
  FACTORS,
  KNOBS,
  meanOf,
  type PricedCombination,
  perUnit,
  promptAt,
  type Ratio,
  rangeAround,
  ratioOf,
  sumOf,
  turned,
  type Volume,
  type WorkloadEstimate,
} from "../../domain/workloads/index.ts";
import type { EstimateOutput } from "./estimate-schema.ts";
import type { ReadyDesign } from "./to-design.ts";

export type EstimateSettings = {
  readonly catalogue: Catalogue;
  readonly at: Instant;
  readonly seed: number;
  readonly all: boolean;
  readonly brief: boolean;
};

/** `null` when the design's own way has no price. */
export function estimateOutput(
  ready: ReadyDesign,
  settings: EstimateSettings,
): Omit<EstimateOutput, "warnings"> | null {
  const { design, modelOf } = ready;
  const { catalogue, at, seed } = settings;
  const setting: DesignSetting = {
    catalogue,
    at,
    seed,
    tokenizer: design.tokenizer,
    batchCacheHits: design.batchCacheHits,
    modelOf,
  };
  const estimates = estimateDesign(design, setting);
  if (estimates === null) return null;
  const models = settings.brief ? [] : comparedModels(settings);
  const comparison = new DesignComparison(design, setting);
  return {
    at: formatInstant(at),
    ...periodsOf(estimates),
    months: [
      ...seasonOf(ready, estimates, {
        parts: MONTHS,
        days: A_YEAR,
        weightsOf: ({ byMonth }) => byMonth,
      }),
    ],
    weekdays: [
      ...seasonOf(ready, estimates, {
        parts: WEEKDAYS,
        days: A_WEEK,
        weightsOf: ({ byWeekday }) => byWeekday,
      }),
    ],
    ...unitsOf(ready, estimates),
    tokens_per_day: tokensOf(estimates),
    ...driversOf(estimates),
    workloads: design.workloads.map((workload, index) => {
      const estimate = estimates[index];
      const combinations = comparison.combinationsOf(index, models);
      const own = modelOf(workload);
      return {
        name: workload.name,
        model: own.id,
        cache: workload.cache,
        batch: workload.batch,
        month_usd: formatUsd(estimate?.amountOf(A_MONTH) ?? picoUsd(0n)),
        calls_per_day: rounded(estimate?.callsPerDay ?? 0),
        first_prompt_tokens: Math.round(promptAt(workload, 1)),
        last_prompt_tokens: Math.round(promptAt(workload, Math.round(meanOf(workload.turns)))),
        cheapest: combinationOutput(combinations[0]),
        cheapest_same_model: combinationOutput(combinations.find(({ model }) => model === own)),
      };
    }),
    models: modelRows(comparison, models),
    sensitivity: settings.brief ? [] : sensitivityOf(ready, setting, sumOf(estimates, A_MONTH)),
    assumed: [...assumptionsOf(ready), ...ready.assumed],
    simulated_calls: estimates.reduce((sum, { simulatedCalls }) => sum + simulatedCalls, 0),
  };
}

/** Models that are sold on the day: retired ones only where they were asked for. */
function comparedModels({ catalogue, at, all }: EstimateSettings): readonly ModelFacts[] {
  const day = formatInstant(at).slice(0, 10);
  return catalogue.models().filter(({ prices, status, released, retires }) => {
    const priced = prices.some(({ from, until }) => from <= at && (until === null || at < until));
    const served = released === null || released <= day;
    const gone = retires !== null && status !== "active" && retires <= day;
    return priced && served && (all || !gone);
  });
}

function periodsOf(estimates: readonly WorkloadEstimate[]) {
  const spreads = estimates.flatMap(({ spread }) => (spread === null ? [] : [spread]));
  const period = (days: Ratio) => {
    const amount = sumOf(estimates, days);
    const range = rangeAround(amount, spreads, Number(days.numerator) / Number(days.denominator));
    const interval =
      range === null ? null : { low_usd: formatUsd(range.low), high_usd: formatUsd(range.high) };
    return { usd: formatUsd(amount), interval };
  };
  return { day: period(A_DAY), month: period(A_MONTH), year: period(A_YEAR) };
}

const A_WEEK = ratioOf(7);

const MONTHS = [
  ["January", 31],
  ["February", 28],
  ["March", 31],
  ["April", 30],
  ["May", 31],
  ["June", 30],
  ["July", 31],
  ["August", 31],
  ["September", 30],
  ["October", 31],
  ["November", 30],
  ["December", 31],
] as const;

const WEEKDAYS = [
  ["Monday", 1],
  ["Tuesday", 1],
  ["Wednesday", 1],
  ["Thursday", 1],
  ["Friday", 1],
  ["Saturday", 1],
  ["Sunday", 1],
] as const;

/**
 * Each workload's stretch of days, shared out by its own season, where one of them has any; what
 * rounding leaves goes to the last part, so that the parts sum to the stretch.
 */
function seasonOf(
  { design }: ReadyDesign,
  estimates: readonly WorkloadEstimate[],
  season: {
    readonly parts: readonly (readonly [string, number])[];
    readonly days: Ratio;
    readonly weightsOf: (volume: Volume) => readonly number[];
  },
): readonly { readonly name: string; readonly usd: string }[] {
  const { parts, days, weightsOf } = season;
  if (design.workloads.every(({ volume }) => weightsOf(volume).length === 0)) return [];
  const amounts = parts.map(() => 0n);
  design.workloads.forEach(({ volume }, index) => {
    const whole = estimates[index]?.amountOf(days) ?? 0n;
    const own = weightsOf(volume);
    const weights = parts.map(([, length], at) =>
      BigInt(Math.round((own.length === 0 ? 1 : (own[at] ?? 0)) * length * 1e6)),
    );
    const all = weights.reduce((sum, weight) => sum + weight, 0n);
    let given = 0n;
    weights.forEach((weight, at) => {
      const part = at === parts.length - 1 ? whole - given : (whole * weight) / all;
      amounts[at] = (amounts[at] ?? 0n) + part;
      given += part;
    });
  });
  return parts.map(([name], at) => ({ name, usd: formatUsd(picoUsd(amounts[at] ?? 0n)) }));
}

function unitsOf({ design }: ReadyDesign, estimates: readonly WorkloadEstimate[]) {
  const day = sumOf(estimates, A_DAY);
  const calls = estimates.reduce((sum, { callsPerDay }) => sum + callsPerDay, 0);
  const conversations = estimates.reduce((sum, one) => sum + one.conversationsPerDay, 0);
  const users = Math.max(0, ...design.workloads.map(({ volume }) => volume.users ?? 0));
  const per = (amount: PicoUsd, units: number): string | null =>
    units > 0 ? formatUsd(perUnit(amount, ratioOf(units))) : null;
  return {
    calls_per_day: rounded(calls),
    conversations_per_day: rounded(conversations),
    per_call_usd: per(day, calls),
    per_conversation_usd: per(day, conversations),
    per_user_month_usd: per(sumOf(estimates, A_MONTH), users),
  };
}

function driversOf(estimates: readonly WorkloadEstimate[]) {
  const cells = estimates.flatMap((estimate) => estimate.cellsOf(A_MONTH));
  const total = sumOf(estimates, A_MONTH);
  const grouped = (names: readonly string[], nameOf: (cell: DriverCell) => string) =>
    names
      .map((part) => {
        const amount = cells
          .filter((cell) => nameOf(cell) === part)
          .reduce((sum, cell) => sum + cell.amount, 0n);
        return { part, usd: formatUsd(picoUsd(amount)), share: shareOf(amount, total), amount };
      })
      .filter(({ amount }) => amount !== 0n)
      .sort((left, right) => (left.amount < right.amount ? 1 : -1))
      .map(({ part, usd, share }) => ({ part, usd, share }));
  return {
    drivers: grouped(DRIVER_PARTS, ({ part }) => part),
    by_item: grouped(DRIVER_ITEMS, ({ item }) => item),
  };
}

function tokensOf(estimates: readonly WorkloadEstimate[]) {
  const cells = estimates.flatMap((estimate) => estimate.cellsOf(A_DAY));
  const of = (item: DriverItem): number =>
    Number(
      cells.filter((cell) => cell.item === item).reduce((sum, { tokens }) => sum + tokens, 0n),
    );
  return {
    input: of("input"),
    cache_write: of("cache_write"),
    cache_read: of("cache_read"),
    output: of("output"),
  };
}

function modelRows(comparison: DesignComparison, models: readonly ModelFacts[]) {
  const rows = models.map((model) => comparison.rowOf(model));
  const cheapest = (amounts: ReadonlyMap<string, PicoUsd | null>): PicoUsd | null =>
    amounts.get(columnOf("none", false)) ?? null;
  const order = (amount: PicoUsd | null): bigint => amount ?? 10n ** 40n;
  return rows
    .sort((left, right) =>
      order(cheapest(left.amounts)) < order(cheapest(right.amounts)) ? -1 : 1,
    )
    .map(({ model, amounts, unfit, converted }) => ({
      model: model.id,
      fits: unfit === null,
      why_not: unfit,
      converted,
      month_usd: Object.fromEntries(
        [false, true].flatMap((batch) =>
          COMPARED_RULES.map((rule) => {
            const amount = amounts.get(columnOf(rule, batch)) ?? null;
            return [columnOf(rule, batch), amount === null ? null : formatUsd(amount)];
          }),
        ),
      ),
    }));
}

function sensitivityOf({ design }: ReadyDesign, setting: DesignSetting, base: PicoUsd) {
  return KNOBS.flatMap((knob) =>
    FACTORS.flatMap((factor) => {
      const estimates = estimateDesign(turned(design, knob, factor), setting);
      if (estimates === null) return [];
      const amount = sumOf(estimates, A_MONTH);
      const change = shareOf(amount - base, base);
      return [{ what: knob, factor, month_usd: formatUsd(amount), change }];
    }),
  );
}

function combinationOutput(found: PricedCombination | undefined) {
  if (found === undefined) return null;
  const { model, cache, batch, effort, month } = found;
  return {
    model: model.id,
    cache,
    batch,
    effort,
    month_usd: formatUsd(month),
    rough: effort !== null,
  };
}

function assumptionsOf({ design }: ReadyDesign): readonly string[] {
  const said = [
    "a year has 365 mean days, and a month is a twelfth of it",
    "calls and conversations of one workload share one workspace, and so its cache",
  ];
  if (design.workloads.some(({ cache }) => cache !== "none")) {
    said.push(
      "a response begins a second after its request; what it wrote can be read from then on",
    );
  }
  said.push(
    `inside a batch ${Math.round(design.batchCacheHits * 100)}% of what a cache could serve is read`,
    "another tokenizer counts about 30% more or fewer tokens of the same text (converted rows)",
  );
  return said;
}

function shareOf(part: bigint, whole: bigint): number {
  if (whole === 0n) return 0;
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
