/** Reads the parts of a budget as people write them. What cannot be read is a problem in words. */
import {
  closestWord,
  DAY_MS,
  durationMs,
  type ErrorCode,
  HOUR_MS,
  PurserError,
  parseUsd,
} from "../../base/index.ts";
import {
  type BudgetAttribute,
  type BudgetStep,
  type BudgetUnit,
  type BudgetWindow,
  CALENDAR_WINDOWS,
  PLAIN_ATTRIBUTES,
} from "./definition.ts";
import { isTimeZone } from "./time-zone.ts";

export type PartProblem = {
  readonly code: ErrorCode;
  readonly what: string;
  readonly mend?: string;
};
export type PartReading<Value> =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "problem"; readonly problem: PartProblem };

export type Limit = { readonly unit: BudgetUnit; readonly cap: bigint };

function value<Value>(read: Value): PartReading<Value> {
  return { kind: "value", value: read };
}

function problem(
  code: ErrorCode,
  what: string,
  mend?: string,
): { kind: "problem"; problem: PartProblem } {
  return { kind: "problem", problem: mend === undefined ? { code, what } : { code, what, mend } };
}

/** Long texts are cut, so that an error stays readable. */
function cut(text: string): string {
  return text.length <= 60 ? `"${text}"` : `"${text.slice(0, 60)}…"`;
}

const LIMIT =
  /^(?<sign>\$)?\s*(?<number>-?[\d_,]*\.?\d+)\s*(?<factor>[kKmM])?\s*(?<word>\p{L}+|\p{Sc})?$/u;
const FOREIGN = /^\s*(?:\p{Sc}|[A-Z]{3}\b)/u;
const FACTORS: Readonly<Record<string, number>> = { k: 3, m: 6 };
const UNIT_WORDS: Readonly<Record<string, BudgetUnit>> = {
  usd: "usd",
  dollar: "usd",
  dollars: "usd",
  token: "tokens",
  tokens: "tokens",
  call: "calls",
  calls: "calls",
};
/** Nine million dollars is what a column of the ledger holds; counts go as far as a double is exact. */
const USD_CAP_MAX = 2n ** 63n - 1n;
const COUNT_CAP_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** `$500`, `0.25 usd`, `2M tokens`, `1000 calls`. */
export function readLimit(text: string): PartReading<Limit> {
  const match = LIMIT.exec(text.trim());
  const { sign, number = "", factor, word } = match?.groups ?? {};
  const unit = sign === undefined ? UNIT_WORDS[(word ?? "").toLowerCase()] : "usd";
  if (
    match === null ||
    unit === undefined ||
    (sign !== undefined && word !== undefined && UNIT_WORDS[word.toLowerCase()] !== "usd")
  ) {
    return isForeign(text, word)
      ? foreign(text)
      : problem("BUDGET_LIMIT_INVALID", `${cut(text)} is not a limit`);
  }
  const cap = amountOf(number, factor, unit);
  if (cap === null) return problem("BUDGET_LIMIT_INVALID", `${cut(text)} is not a limit`);
  if (cap <= 0n)
    return problem("BUDGET_LIMIT_INVALID", `a budget of ${text.trim()} would stop every call`);
  const max = unit === "usd" ? USD_CAP_MAX : COUNT_CAP_MAX;
  if (cap > max)
    return problem("BUDGET_LIMIT_INVALID", `${cut(text)} is more than a budget can hold`);
  return value({ unit, cap });
}

function isForeign(text: string, word: string | undefined): boolean {
  if (word !== undefined) return /^(?:[A-Z]{3}|\p{Sc}|euros?|pounds?|yen)$/iu.test(word);
  return FOREIGN.test(text) && !text.trim().startsWith("$");
}

function foreign(text: string): PartReading<Limit> {
  return problem("BUDGET_CURRENCY_UNKNOWN", `${cut(text)} is not in dollars`);
}

const PICO_PER_USD = 10n ** 12n;

/** `null` when it is no whole number of the unit. */
function amountOf(number: string, factor: string | undefined, unit: BudgetUnit): bigint | null {
  const plain = number.replaceAll(/[_,]/g, "");
  const digits = FACTORS[(factor ?? "").toLowerCase()] ?? 0;
  try {
    const scaled = parseUsd(plain.startsWith(".") ? `0${plain}` : plain) * 10n ** BigInt(digits);
    if (unit === "usd") return scaled;
    return scaled % PICO_PER_USD === 0n ? scaled / PICO_PER_USD : null;
  } catch (error) {
    if (error instanceof PurserError) return null;
    throw error;
  }
}

const ROLLING = /^rolling\s+(\d{1,6})\s*(m|h|d)$/i;
const ROLLING_UNITS: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: DAY_MS };
const ROLLING_MS_MIN = 5 * 60_000;
const ROLLING_MS_MAX = 366 * DAY_MS;
const WINDOW_WORDS = [...CALENDAR_WINDOWS, "session", "lifetime", "rolling 24h"];

export function readWindow(text: string, timeZone: string): PartReading<BudgetWindow> {
  const word = text.trim().toLowerCase();
  const calendar = CALENDAR_WINDOWS.find((kind) => kind === word);
  if (calendar !== undefined) return readCalendar(calendar, timeZone);
  if (word === "session" || word === "lifetime") return value({ kind: word });
  const rolling = ROLLING.exec(word);
  if (rolling === null) return unknownWindow(text, word);
  const lengthMs = Number(rolling[1]) * (ROLLING_UNITS[rolling[2] ?? ""] ?? 0);
  if (lengthMs < ROLLING_MS_MIN || lengthMs > ROLLING_MS_MAX) {
    const mend = "Write a rolling window of 5m to 366d; lifetime is the one that never refills.";
    return problem("BUDGET_WINDOW_INVALID", `${cut(text)} is out of range`, mend);
  }
  return value({ kind: "rolling", lengthMs: durationMs(lengthMs) });
}

function readCalendar(
  kind: (typeof CALENDAR_WINDOWS)[number],
  timeZone: string,
): PartReading<BudgetWindow> {
  if (isTimeZone(timeZone)) return value({ kind, timeZone });
  return problem("BUDGET_TIME_ZONE_UNKNOWN", `${cut(timeZone)} is not a time zone`);
}

function unknownWindow(text: string, word: string): PartReading<BudgetWindow> {
  if (/^(?:forever|never|infinite|infinity|endless|always|none)$/.test(word)) {
    const mend = "Write lifetime for a budget that never refills, or a window that ends.";
    return problem("BUDGET_WINDOW_INVALID", `${cut(text)} is a window that never ends`, mend);
  }
  const closest = closestWord(word, WINDOW_WORDS);
  const hint = closest === null ? "" : `; did you mean ${closest}?`;
  return problem("BUDGET_WINDOW_INVALID", `${cut(text)} is not a window${hint}`);
}

/** As people write them in a list too: `users`, `userTypes`. */
const PLURALS: Readonly<Record<string, BudgetAttribute>> = {
  keys: "key",
  users: "user",
  teams: "team",
  endpoints: "endpoint",
  models: "model",
  sessions: "session",
  userTypes: "user-type",
  userType: "user-type",
  "user-types": "user-type",
};
const TAG = /^tag:[a-z0-9_][a-z0-9_.-]{0,63}$/;

export function readAttribute(text: string): PartReading<BudgetAttribute> {
  const word = text.trim();
  const plain = PLAIN_ATTRIBUTES.find((attribute) => attribute === word) ?? PLURALS[word];
  if (plain !== undefined) return value(plain);
  if (TAG.test(word)) return value(word as BudgetAttribute);
  const closest = closestWord(word, [...PLAIN_ATTRIBUTES]);
  const hint = closest === null ? "" : `; did you mean ${closest}?`;
  return problem("BUDGET_ATTRIBUTE_UNKNOWN", `calls have no ${cut(text)}${hint}`);
}

const STEP = /^(\d{1,3})\s?%\s+(warn|max-tokens|effort|model|batch)(?:\s+(\S+))?$/;
const EFFORTS = ["low", "medium", "high", "xhigh"];
const STEP_TOKENS_MAX = 1_000_000;

/** `80% warn`, `90% max-tokens 1024`, `92% effort low`, `95% model claude-haiku-5-5`. */
export function readStep(text: string): PartReading<BudgetStep> {
  const [, percent = "", action = "", detail] = STEP.exec(text.trim()) ?? [];
  const atPercent = Number(percent);
  const invalid = (what: string, mend?: string) => problem("BUDGET_STEP_INVALID", what, mend);
  if (action === "") return invalid(`${cut(text)} is not a step`);
  if (atPercent > 100) return invalid(`${cut(text)} is past 100%, where a budget blocks by itself`);
  switch (action) {
    case "batch":
      return invalid(
        `${cut(text)}: this version cannot move a call into a batch`,
        "Leave this step out: calls are not deferred yet.",
      );
    case "warn":
      return detail === undefined
        ? value({ atPercent, action })
        : invalid(`${cut(text)} says more than warn takes`);
    case "max-tokens": {
      const maxTokens = Number(detail ?? "");
      const isCount =
        Number.isSafeInteger(maxTokens) && maxTokens >= 1 && maxTokens <= STEP_TOKENS_MAX;
      return isCount
        ? value({ atPercent, action, maxTokens })
        : invalid(`${cut(text)} needs a whole number of tokens`);
    }
    case "effort":
      return detail !== undefined && EFFORTS.includes(detail)
        ? value({ atPercent, action, effort: detail })
        : invalid(`${cut(text)} needs one of ${EFFORTS.join(", ")}`);
    default:
      return detail === undefined
        ? invalid(`${cut(text)} needs the id of a model`)
        : value({ atPercent, action: "model", model: detail });
  }
}
