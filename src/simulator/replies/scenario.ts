/** What the simulated model tends to do, when no script says otherwise. */
import type { FaultRule } from "../faults/index.ts";

export type Scenario = {
  readonly name: string;
  readonly description: string;
  /** Fewest and most output tokens of a made-up text. */
  readonly outputTokens: readonly [number, number];
  /** Fewest and most thinking tokens where the request asks for thinking. */
  readonly thinkingTokens: readonly [number, number];
  /** How likely a tool is called when tools are there and the choice is free. */
  readonly toolCallProbability: number;
  /** Tool results since the last plain user message after which only text is answered. */
  readonly toolRoundsMax: number;
  readonly firstByteDelayMs: number;
  /** `null` is as fast as the socket takes it. */
  readonly tokensPerSecond: number | null;
  readonly faults: readonly FaultRule[];
  /** Answers every call with the same few bytes: no validation, no cache, no script. For load. */
  readonly canned: boolean;
};

const STEADY: Scenario = {
  name: "steady",
  description: "Answers every call at once with text of 40 to 400 tokens. The default.",
  outputTokens: [40, 400],
  thinkingTokens: [50, 300],
  toolCallProbability: 0,
  toolRoundsMax: 0,
  firstByteDelayMs: 0,
  tokensPerSecond: null,
  faults: [],
  canned: false,
};

const AGENT: Scenario = {
  ...STEADY,
  name: "agent",
  description: "Calls one of the tools nine times in ten, for up to 40 rounds, then answers.",
  outputTokens: [30, 250],
  toolCallProbability: 0.9,
  toolRoundsMax: 40,
};

const PACED: Scenario = {
  ...STEADY,
  name: "paced",
  description: "First byte after 300 ms, then 80 tokens a second, as a real model streams.",
  firstByteDelayMs: 300,
  tokensPerSecond: 80,
};

const FLAKY: Scenario = {
  ...STEADY,
  name: "flaky",
  description: "One call in ten fails: 429, 500, 529, cut streams and errors in mid-stream.",
  faults: [
    { fault: { kind: "rate-limited", retryAfterSeconds: 1 }, probability: 0.02 },
    { fault: { kind: "rate-limited", retryAfterSeconds: null }, probability: 0.01 },
    { fault: { kind: "server-error" }, probability: 0.02 },
    { fault: { kind: "overloaded" }, probability: 0.02 },
    { fault: { kind: "cut", after: 0.5 }, probability: 0.015 },
    { fault: { kind: "error-event", after: 0.5 }, probability: 0.015 },
  ],
};

const MINIMAL: Scenario = {
  ...STEADY,
  name: "minimal",
  description: "One canned reply for every call, nothing checked: an upstream for load tests.",
  outputTokens: [24, 24],
  canned: true,
};

export const SCENARIOS: readonly Scenario[] = [STEADY, AGENT, PACED, FLAKY, MINIMAL];

export function scenarioNamed(name: string): Scenario | null {
  return SCENARIOS.find((scenario) => scenario.name === name) ?? null;
}
