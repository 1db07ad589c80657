/** One claim of the lesson: the commands that check it, the figures they give, and what is so. */
import type { Answer } from "./run-command.ts";

export type Verdict = "right" | "right then" | "half right" | "wrong" | "depends" | "not checked";

/** A figure of the page: what it is, and its value as text. */
export type Figure = readonly [says: string, value: string];

export type Row = {
  readonly claim: string;
  readonly verdict: Verdict;
  /** Words after `purser`, by the name under which `figures` finds the answer. */
  readonly runs: Readonly<Record<string, readonly string[]>>;
  readonly figures: (answers: Answers) => readonly Figure[];
  readonly says: string;
};

export type Answers = Readonly<Record<string, Answer>>;

export const THEN = ["--at", "2024-11-15"];
export const OPUS = "claude-3-opus-20240229";
export const SONNET = "claude-3-5-sonnet-20241022";
export const HAIKU = "claude-3-haiku-20240307";

export function input(file: string): string {
  return `examples/lesson/inputs/${file}`;
}

/** `purser cost` of a usage object, at the prices of the lesson's time or of another day. */
export function cost(file: string, model: string, at: readonly string[] = THEN) {
  return ["cost", input(file), "--model", model, ...at];
}

/** `purser estimate` of a design, the bill alone. */
export function estimate(file: string, model: string | null, at: readonly string[] = THEN) {
  const named = model === null ? [] : ["--model", model];
  return ["estimate", input(file), ...named, ...at, "--brief"];
}

/** The total of a `cost`, in dollars. Only for ratios: sums stay texts. */
export function total(answers: Answers, run: string): number {
  return Number(answers[run]?.total_usd);
}

export function day(answers: Answers, run: string): number {
  const period = answers[run]?.day as { readonly usd: string } | undefined;
  return Number(period?.usd);
}

export function year(answers: Answers, run: string): number {
  const period = answers[run]?.year as { readonly usd: string } | undefined;
  return Number(period?.usd);
}

export function tokens(answers: Answers, run: string): Readonly<Record<string, number>> {
  return (answers[run]?.tokens_per_day ?? {}) as Readonly<Record<string, number>>;
}

/** What one part of the prompt costs a month. */
export function driver(answers: Answers, run: string, part: string): number {
  const drivers = (answers[run]?.drivers ?? []) as readonly { part: string; usd: string }[];
  return Number(drivers.find((one) => one.part === part)?.usd ?? 0);
}

export function lastPrompt(answers: Answers, run: string): number {
  const [first] = (answers[run]?.workloads ?? []) as readonly { last_prompt_tokens: number }[];
  return first?.last_prompt_tokens ?? 0;
}

export function dollars(value: number, digits = 2): string {
  const [whole = "", fraction] = value.toFixed(digits).split(".");
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${fraction === undefined ? "" : `.${fraction}`}`;
}

export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}
