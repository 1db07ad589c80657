/**
 * How well each rule would have foretold the past of this very series: from a day each, it is given what
 * was known then and asked for sums over several horizons.
 */
import {
  beginningOf,
  type Calendar,
  meanOf,
  runningSums,
  type SeasonalProfile,
  type Series,
  seasonalProfile,
  sumBetween,
} from "../series/index.ts";
import { LEVEL_RULES, type LevelPath, seasonlessDays } from "./level.ts";

/** Origins looked at, the newest first. */
const ORIGINS_MAX = 120;
/** Days that a rule is given at the least. */
const DAYS_BEFORE_MIN = 3;
const DAYS_BEFORE_WANTED = 14;
const SHARE_BEFORE = 0.25;
/** A season changes slowly: it is read anew after so many days. */
const SEASON_KEPT_DAYS = 7;

/** Errors at one horizon, as logarithms of what came over what was foretold. */
export type HorizonErrors = {
  readonly slotsAhead: number;
  readonly errors: readonly number[];
  /** Windows of this length that do not overlap: what the errors are worth. */
  readonly windows: number;
};

export type Backtest = {
  /** By rule, then by horizon; horizons without any origin are left out. */
  readonly byRule: readonly (readonly HorizonErrors[])[];
};

export type BacktestQuestion = {
  readonly series: Series;
  readonly calendar: Calendar;
  readonly horizons: readonly number[];
  /** Added to both sides of a ratio, so that an empty window has one. */
  readonly offset: number;
};

export function backtest({ series, calendar, horizons, offset }: BacktestQuestion): Backtest {
  const { slotsPerDay } = calendar;
  const sums = runningSums(series.values);
  const origins = originsOf(series.values.length, slotsPerDay);
  const longest = Math.max(...horizons);
  const errors = LEVEL_RULES.map(() => horizons.map((): number[] => []));
  const present = seasonalProfile(series, calendar);
  let season = present;
  origins.forEach((origin, index) => {
    const known = beginningOf(series, origin);
    if (index % SEASON_KEPT_DAYS === 0) {
      const then = seasonalProfile(known, calendar);
      // What was not known of the season then is known now, and no error to expect any more.
      season = then.season === present.season ? then : present;
    }
    const days = seasonlessDays(known, season, calendar);
    const slots = Math.min(longest, series.values.length - origin);
    LEVEL_RULES.forEach((rule, place) => {
      const path = rule.path(days, calendar);
      const foretold = cumulated(season, path, { firstSlot: known.firstSlot + origin, slots });
      horizons.forEach((ahead, at) => {
        if (ahead > slots) return;
        const actual = sumBetween(sums, origin, origin + ahead);
        const ratio = (actual + offset) / ((foretold[ahead] ?? 0) + offset);
        errors[place]?.[at]?.push(Math.log(ratio));
      });
    });
  });
  return { byRule: errors.map((ofRule) => withWindows(ofRule, horizons, slotsPerDay)) };
}

/** From old to new, a day apart, so that each has the hour of the day that the series ends at. */
function originsOf(length: number, slotsPerDay: number): readonly number[] {
  const before = Math.max(
    DAYS_BEFORE_MIN * slotsPerDay,
    Math.min(DAYS_BEFORE_WANTED * slotsPerDay, SHARE_BEFORE * length),
  );
  const origins: number[] = [];
  for (let origin = length - 1; origin >= before; origin -= 1) {
    if ((length - origin) % slotsPerDay === 0) origins.push(origin);
  }
  return origins.slice(0, ORIGINS_MAX).reverse();
}

function withWindows(
  errors: readonly (readonly number[])[],
  horizons: readonly number[],
  slotsPerDay: number,
): readonly HorizonErrors[] {
  return errors.flatMap((found, at) => {
    const slotsAhead = horizons[at] ?? 0;
    const span = (found.length - 1) * slotsPerDay;
    const windows = Math.min(found.length, 1 + span / slotsAhead);
    return found.length === 0 ? [] : [{ slotsAhead, errors: found, windows }];
  });
}

/** Entry `n` is the sum foretold of the first `n` slots from `firstSlot` on. */
export function cumulated(
  profile: SeasonalProfile,
  path: LevelPath,
  { firstSlot, slots }: { readonly firstSlot: number; readonly slots: number },
): Float64Array {
  const sums = new Float64Array(slots + 1);
  for (let ahead = 0; ahead < slots; ahead += 1) {
    sums[ahead + 1] = (sums[ahead] ?? 0) + path(ahead) * profile.factor(firstSlot + ahead);
  }
  return sums;
}

/** Windows at a horizon without which its errors say nothing of a rule. */
const WINDOWS_TO_CHOOSE = 4;

/** So many of the longest horizons that have enough windows choose the rule. */
const CHOOSING = 2;

/**
 * The rules from the one with the smallest errors on, each horizon measured by its best rule: by the
 * horizons nearest to the one asked for that the history can judge.
 */
export function rankedRules({ byRule }: Backtest): readonly number[] {
  const sizes = byRule.map((horizons) =>
    horizons.map(({ errors }) => meanOf(errors.map(Math.abs))),
  );
  const counted = (byRule[0] ?? []).map(({ windows }) => windows >= WINDOWS_TO_CHOOSE);
  const longest = counted.lastIndexOf(true);
  const used = counted.map((_, at) => longest === -1 || (at <= longest && at > longest - CHOOSING));
  const scores = sizes.map((own) =>
    own.reduce((sum, size, at) => {
      const best = Math.min(...sizes.map((other) => other[at] ?? size));
      return used[at] === true ? sum + (size + TINY) / (best + TINY) : sum;
    }, 0),
  );
  return [...scores.keys()].sort((left, right) => (scores[left] ?? 0) - (scores[right] ?? 0));
}

const TINY = 1e-6;

/**
 * Where few windows were there to choose a rule by, a part of its lead is luck: the errors of the next
 * best rule stand beside its own.
 */
export function errorsOf(
  { byRule }: Backtest,
  ranked: readonly number[],
): readonly HorizonErrors[] {
  const [own, next] = [byRule[ranked[0] ?? 0] ?? [], byRule[ranked[1] ?? 0] ?? []];
  return own.map((horizon, at) =>
    horizon.windows >= WINDOWS_ALONE_MIN
      ? horizon
      : { ...horizon, errors: [...horizon.errors, ...(next[at]?.errors ?? [])] },
  );
}

/** Windows without which a horizon's errors are not taken alone. */
export const WINDOWS_ALONE_MIN = 12;
