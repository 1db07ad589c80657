/** Token counts: whole, never negative, and either measured by the provider or estimated by us. */
import { assert } from "./assert.ts";
import type { Brand } from "./brand.ts";

/** A measured number of tokens: a safe integer of zero or more, as the provider reported it. */
export type TokenCount = Brand<number, "TokenCount">;
/** A number of tokens that nobody measured. A type of its own, so that it cannot join a bill. */
export type EstimatedTokenCount = Brand<number, "EstimatedTokenCount">;

export const ZERO_TOKENS = 0 as TokenCount;

/** Whether `value` can be a token count at all; look before you call {@link tokenCount}. */
export function isTokenCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function tokenCount(value: number): TokenCount {
  assert(isTokenCount(value), `not a token count: ${value}`);
  return value as TokenCount;
}

export function estimatedTokenCount(value: number): EstimatedTokenCount {
  assert(isTokenCount(value), `not a token count: ${value}`);
  return value as EstimatedTokenCount;
}
