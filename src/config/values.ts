/**
 * The kinds of value a setting may have, each with the way it is written, checked and described. A
 * value that cannot be read reports its own code and mend through `params`.
 */
import { z } from "zod";
import { type ErrorCode, parseInstant, parseUsd, parseUsdPerMtok } from "../base/index.ts";
import { readDurationMs, readSizeBytes } from "./units.ts";

/** What a custom check adds to its message; read back in `explain-zod.ts`. */
export type IssueParams = { readonly code: ErrorCode; readonly mend: string };

type Range = { readonly from: string; readonly to: string };
type Verdict<Value> =
  | { readonly value: Value }
  | { readonly what: string; readonly params: IssueParams };

/** A duration with its unit; the loaded value is milliseconds. */
export function duration(range: Range) {
  const judge = judgeUnit("duration", range, readDurationMs);
  return text(judge, { kind: "duration", range: `${range.from} to ${range.to}` });
}

/** A size with its unit; the loaded value is bytes. */
export function size(range: Range) {
  const judge = judgeUnit("size", range, readSizeBytes);
  return text(judge, { kind: "size", range: `${range.from} to ${range.to}` });
}

/** An `http:` or `https:` address without user name, password, query or fragment. */
export function httpUrl() {
  return text(judgeHttpUrl, { kind: "URL" });
}

/** The address of an HTTP proxy, which may carry a user name and a password. A secret. */
export function proxyUrl() {
  return text(judgeProxyUrl, { kind: "URL" });
}

/** Dollars per million tokens as a decimal in quotes; checked here, kept as text. */
export function price() {
  return text(judgePrice, { kind: "decimal" });
}

/** An amount of dollars above zero, as a decimal in quotes; checked here, kept as text. */
export function usd() {
  return text(judgeUsd, { kind: "decimal" });
}

/** A day in UTC, kept as text. */
export function day() {
  return text(judgeDay, { kind: "date" });
}

/** A percentage as a text such as "15%"; kept as decimal text without the sign. */
export function percent(range: { readonly from: number; readonly to: number }) {
  const judge = (given: string): Verdict<string> => judgePercent(given, range);
  return text(judge, { kind: "percentage", range: `${range.from}% to ${range.to}%` });
}

function text<Value>(
  judge: (given: string) => Verdict<Value>,
  meta: { readonly kind: string; readonly range?: string },
) {
  return z
    .string()
    .transform((given, context): Value => {
      const verdict = judge(given);
      if ("value" in verdict) return verdict.value;
      context.addIssue({ code: "custom", message: verdict.what, params: verdict.params });
      return z.NEVER;
    })
    .meta(meta);
}

function judgeUnit(
  kind: "duration" | "size",
  range: Range,
  read: (given: string) => number | null,
): (given: string) => Verdict<number> {
  const [low, high] = [read(range.from) ?? 0, read(range.to) ?? 0];
  const example = kind === "duration" ? "10s, 500ms or 5m" : "512KiB or 32MiB";
  return (given) => {
    const value = read(given);
    if (value === null) {
      const mend = `Write a whole number and its unit, such as ${example}.`;
      return invalid(`"${cut(given)}" is not a ${kind}`, mend);
    }
    if (value >= low && value <= high) return { value };
    const mend = `Write a ${kind} from ${range.from} to ${range.to}.`;
    return { what: `${cut(given)} is out of range`, params: { code: "CONFIG_OUT_OF_RANGE", mend } };
  };
}

function judgeHttpUrl(given: string): Verdict<string> {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    const mend = "Write an address such as https://api.anthropic.com.";
    const shown = given.includes("@") ? "the value" : `"${cut(given)}"`;
    return invalid(`${shown} is not an http or https address`, mend);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    // The value is not shown: it may hold a password.
    const mend = "Write the address without user name, password, query and fragment.";
    return invalid("the address carries more than scheme, host, port and path", mend);
  }
  return { value: given.replace(/\/+$/, "") };
}

function judgeProxyUrl(given: string): Verdict<string> {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url !== null && ["http:", "https:"].includes(url.protocol)) return { value: given };
  // The value is not shown: it may hold a password.
  const mend = "Write an address such as http://proxy.example.com:3128.";
  return invalid("the value is not the http or https address of a proxy", mend);
}

function judgePrice(given: string): Verdict<string> {
  try {
    parseUsdPerMtok(given);
    return { value: given };
  } catch {
    const mend = 'Write dollars per million tokens with at most six decimals, in quotes: "2.50".';
    return invalid(`"${cut(given)}" is not a price`, mend);
  }
}

function judgeUsd(given: string): Verdict<string> {
  const mend = 'Write dollars as a decimal above zero, in quotes and without a currency: "2.50".';
  try {
    if (parseUsd(given) > 0n) return { value: given };
  } catch {
    return invalid(`"${cut(given)}" is not an amount of dollars`, mend);
  }
  return { what: `${given} is not above zero`, params: { code: "CONFIG_OUT_OF_RANGE", mend } };
}

function judgeDay(given: string): Verdict<string> {
  if (given.length === 10 && parseInstant(given) !== null) return { value: given };
  return invalid(`"${cut(given)}" is not a day`, "Write a day in UTC such as 2026-11-22.");
}

function judgePercent(
  given: string,
  range: { readonly from: number; readonly to: number },
): Verdict<string> {
  const match = /^(-?\d{1,5}(?:\.\d{1,4})?)\s?%$/.exec(given.trim());
  if (match?.[1] === undefined) {
    return invalid(`"${cut(given)}" is not a percentage`, 'Write a percentage such as "15%".');
  }
  const value = Number(match[1]);
  if (value >= range.from && value <= range.to) return { value: match[1] };
  const mend = `Write a percentage from ${range.from}% to ${range.to}%.`;
  return { what: `${given} is out of range`, params: { code: "CONFIG_OUT_OF_RANGE", mend } };
}

function invalid(what: string, mend: string): { what: string; params: IssueParams } {
  return { what, params: { code: "CONFIG_INVALID_VALUE", mend } };
}

/** Long values are cut, so that an error stays readable. */
function cut(given: string): string {
  return given.length <= 60 ? given : `${given.slice(0, 60)}…`;
}
