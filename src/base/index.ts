/**
 * base: the words that everything else is said in.
 *
 * Answers:   what is an amount, a token count, an instant, an id, an error.
 * Promises:  pure, runs in a browser, depends on nothing. Amounts are whole picodollars in `bigint`.
 * Does not:  read a clock, draw randomness, do I/O; those come in as values (`Clock`, `Random`).
 * Start at:  money.ts, then errors/catalogue.ts.
 */
export { AssertionFailure, assert, unreachable } from "./assert.ts";
export type { Brand } from "./brand.ts";
export type { Clock } from "./clock.ts";
export { closestWord } from "./closest-word.ts";
export {
  ERROR_CATALOGUE,
  type ErrorCode,
  errorDefinition,
  isErrorCode,
} from "./errors/catalogue.ts";
export type { ErrorDefinition } from "./errors/code-definition.ts";
export { PurserError, type PurserErrorDetails } from "./errors/purser-error.ts";
export {
  type CallId,
  type ExchangeId,
  type FillRandom,
  newCallId,
  newExchangeId,
  newKeyId,
} from "./ids.ts";
export { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
export {
  addPicoUsd,
  costOf,
  formatUsd,
  formatUsdColumn,
  formatUsdPerMtok,
  formatUsdRounded,
  type MicroUsdPerMtok,
  microUsdPerMtok,
  type PicoUsd,
  parseUsd,
  parseUsdPerMtok,
  picoUsd,
  scalePriceExact,
  sumPicoUsd,
  ZERO_PICO_USD,
} from "./money.ts";
export { type Random, randomChoice, randomInteger, seededRandom } from "./random.ts";
export {
  DAY_MS,
  type DurationMs,
  durationMs,
  formatInstant,
  HOUR_MS,
  type Instant,
  instant,
  parseInstant,
} from "./time.ts";
export {
  type EstimatedTokenCount,
  estimatedTokenCount,
  isTokenCount,
  type TokenCount,
  tokenCount,
  ZERO_TOKENS,
} from "./tokens.ts";
