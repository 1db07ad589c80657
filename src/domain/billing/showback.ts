/**
 * What a team or a customer is shown, kept apart from what the provider charges: the cost with a
 * margin, or the user's own prices. Rounded once, on the whole amount, half away from zero.
 */
import {
  type MicroUsdPerMtok,
  type PicoUsd,
  PurserError,
  parseUsdPerMtok,
  picoUsd,
} from "../../base/index.ts";
import type { RatesOverride } from "../catalogue/index.ts";
import type { Bill, BillLine, TokenBillItem } from "./bill.ts";

/** One rule. It fits a call when everything it names fits; the first that fits holds. */
export type ShowbackRule = {
  readonly team?: string | undefined;
  /** The customer, as `metadata.user_id` or `x-purser-user` names them. */
  readonly user?: string | undefined;
  readonly userType?: string | undefined;
  /** Percent added to the cost, as decimal text; negative takes away. */
  readonly marginPercent?: string | undefined;
  /** Own prices by canonical model id, flat: no tier, speed or region changes them. */
  readonly prices?: Readonly<Record<string, RatesOverride>> | undefined;
};

export type ShowbackSubject = {
  readonly team: string | null;
  readonly user: string | null;
  readonly userType: string | null;
};

export type Showback = (bill: Bill, subject: ShowbackSubject) => PicoUsd | null;

export const SHOWBACK_RULES_MAX = 10_000;

type OwnPrices = Readonly<Record<TokenBillItem, MicroUsdPerMtok | null>>;
type CompiledRule = {
  readonly rule: ShowbackRule;
  /** What is shown of a cost of `MARGIN_DENOMINATOR`. */
  readonly shown: bigint;
  readonly prices: ReadonlyMap<string, OwnPrices>;
};

const MARGIN_DENOMINATOR = 100_000_000n;

/** Throws `CATALOGUE_OVERRIDE_INVALID` or `VALUE_NOT_DECIMAL_USD`. */
export function compileShowback(rules: readonly ShowbackRule[]): Showback {
  if (rules.length > SHOWBACK_RULES_MAX) throw invalid("showback", "too many rules");
  const compiled = rules.map((rule, position) => compileRule(rule, `showback[${position}]`));
  return (bill, subject) => computeShowback(compiled, bill, subject);
}

/** `null` when no rule fits: nothing is shown, which is not the same as nothing to pay. */
function computeShowback(
  rules: readonly CompiledRule[],
  bill: Bill,
  subject: ShowbackSubject,
): PicoUsd | null {
  const found = rules.find(({ rule }) => fits(rule, subject));
  if (found === undefined) return null;
  let total = 0n;
  for (const line of bill.lines) total += shownAmount(found, line);
  return picoUsd(divideRounded(total, MARGIN_DENOMINATOR));
}

/** An own price needs no margin; what it does not cover is shown at cost with the margin. */
function shownAmount({ prices, shown }: CompiledRule, line: BillLine): bigint {
  if (line.kind === "tokens") {
    const own = prices.get(line.model)?.[line.item] ?? null;
    if (own !== null) return BigInt(line.tokens) * own * MARGIN_DENOMINATOR;
  }
  return line.amount * shown;
}

function fits(rule: ShowbackRule, subject: ShowbackSubject): boolean {
  return (
    (rule.team === undefined || rule.team === subject.team) &&
    (rule.user === undefined || rule.user === subject.user) &&
    (rule.userType === undefined || rule.userType === subject.userType)
  );
}

function compileRule(rule: ShowbackRule, where: string): CompiledRule {
  if (rule.marginPercent === undefined && rule.prices === undefined) {
    throw invalid(where, "a showback rule needs marginPercent or prices");
  }
  const prices = new Map<string, OwnPrices>();
  for (const [model, rates] of Object.entries(rule.prices ?? {})) prices.set(model, own(rates));
  return { rule, shown: shownShare(rule.marginPercent ?? "0", where), prices };
}

function own(rates: RatesOverride): OwnPrices {
  const optional = (text: string | undefined) =>
    text === undefined ? null : parseUsdPerMtok(text);
  return {
    input: parseUsdPerMtok(rates.input),
    output: parseUsdPerMtok(rates.output),
    cache_write_5m: optional(rates.cacheWrite5m),
    cache_write_1h: optional(rates.cacheWrite1h),
    cache_read: optional(rates.cacheRead),
  };
}

function shownShare(percent: string, where: string): bigint {
  const match = /^(-?)(\d{1,5})(?:\.(\d{1,6}))?$/.exec(percent.trim());
  if (match === null) throw invalid(where, `"${percent.slice(0, 40)}" is not a percentage`);
  const magnitude = BigInt(`${match[2]}${(match[3] ?? "").padEnd(6, "0")}`);
  const shown = MARGIN_DENOMINATOR + (match[1] === "-" ? -magnitude : magnitude);
  if (shown < 0n) throw invalid(where, "more than 100 percent taken away");
  return shown;
}

/** Amounts shown are never negative, so half away from zero is half up. */
function divideRounded(value: bigint, divisor: bigint): bigint {
  return (value + divisor / 2n) / divisor;
}

function invalid(where: string, what: string): PurserError {
  return new PurserError("CATALOGUE_OVERRIDE_INVALID", { what, where });
}
