/** The clock, the randomness and the version that the rest receives as values. */
import { readFileSync } from "node:fs";
import { type Clock, type FillRandom, instant } from "../base/index.ts";

export const systemClock: Clock = {
  now: () => instant(Date.now()),
  monotonicMs: () => performance.now(),
};

export const systemFillRandom: FillRandom = (bytes) => void crypto.getRandomValues(bytes);

/** From package.json, which stands two folders above the sources and above the build. */
export function purserVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const value = JSON.parse(text) as { readonly version?: unknown };
  return typeof value.version === "string" ? value.version : "0.0.0";
}
