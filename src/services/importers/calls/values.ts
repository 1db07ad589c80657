/** What of a foreign record can be used, each value within a bound. */
import { type Instant, type PicoUsd, parseInstant } from "../../../base/index.ts";

const LABEL_CHARACTERS_MAX = 256;
const CONTROLS = /\p{Cc}/u;

/** A label within its bound; `null` for anything that is none. */
export function labelOf(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return null;
  const text = value.trim().slice(0, LABEL_CHARACTERS_MAX);
  return text === "" || CONTROLS.test(text) ? null : text;
}

/** Tags without those that have no value. */
export function tagsOf(tags: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const kept = Object.entries(tags).flatMap(([name, value]) => {
    const label = labelOf(value);
    return label === null ? [] : [[name, label] as const];
  });
  return Object.fromEntries(kept);
}

/** A time with its zone; one without a zone is taken for UTC only where the format says so. */
export function timeOf(value: unknown, zoneless: "utc" | "refused" = "refused"): Instant | null {
  if (typeof value !== "string") return null;
  const text = value.trim().replace(/^(\d{4}-\d{2}-\d{2}) /, "$1T");
  const whole = parseInstant(text.replace(/(:\d{2}\.\d{3})\d+/, "$1"));
  if (whole !== null && text.includes("T")) return whole;
  if (zoneless === "refused" || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text)) {
    return null;
  }
  return parseInstant(`${text.replace(/(:\d{2}\.\d{3})\d+/, "$1")}Z`);
}

/** A floating number of dollars as it was meant: doubles of this size are exact to a picodollar. */
export function dollarsOf(value: unknown): PicoUsd | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return null;
  const pico = Math.round(number * 1e12);
  return Number.isSafeInteger(pico) ? (BigInt(pico) as PicoUsd) : null;
}

export type SplitPrompt = {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
};

/**
 * Many records count cached tokens inside the prompt; the provider counts them beside it. Where they
 * are more than the prompt they cannot be inside it.
 */
export function splitPrompt(prompt: number, written: number, read: number): SplitPrompt {
  const isInside = written + read <= prompt;
  return {
    input_tokens: isInside ? prompt - written - read : prompt,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
  };
}
