/**
 * simulator: a Claude API that runs here.
 *
 * Answers:   Messages (whole and streamed), batches, count_tokens, models, usage and cost reports over
 *            real HTTP, with its own token counter, prompt cache, price table, rate limits and faults.
 * Promises:  seeded; the same requests get the same replies, counts and bills. It shares no code
 *            with the product's catalogue, billing, wire or cache prediction: it judges them.
 * Does not:  files, legacy completions, other clouds; docs/reference/simulator.md has all.
 * Start at:  start-simulator.ts, then messages/handle-messages.ts.
 */
export { type Assumptions, DEFAULT_ASSUMPTIONS } from "./assumptions.ts";
export type { CallOutcome, CallRecord } from "./calls/index.ts";
export type { Fault, FaultKind, FaultRule } from "./faults/index.ts";
export type { RateLimits } from "./limits/index.ts";
export type { Match, ScriptedRequest } from "./matching/index.ts";
export type { SimulatedBill, SimulatedBillLine } from "./models/index.ts";
export type { SimulatorOptions } from "./options.ts";
export { type ReplySpec, SCENARIOS, type Scenario, type ScriptEntry } from "./replies/index.ts";
export type { ReportFreshness } from "./reports/index.ts";
export { type Simulator, startSimulator } from "./start-simulator.ts";
