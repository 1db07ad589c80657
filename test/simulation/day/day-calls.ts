/** Calls of a simulated day: long prompts that share beginnings, several models, tools, bad requests. */
import { type Random, randomChoice, randomInteger } from "../../../src/base/index.ts";
import type { FaultRule, ScriptEntry } from "../../../src/simulator/index.ts";
import type { DayCall } from "./byte-client.ts";

const MODELS = [
  "claude-opus-5-5",
  "claude-sonnet-5-5",
  "claude-haiku-5-5",
  "claude-fable-5-2",
  "claude-haiku-4-5-20251001",
] as const;
const ENDPOINTS = ["chat", "search", "agent"] as const;
const VERSIONS = ["2023-06-01", "2026-10-21"] as const;
const WORDS = ["ledger", "tide", "größe", "港", "cargo", "🚢", "anchor", "quay"] as const;
const LEAVES_HEADER = "x-day-leaves";

/** Every kind of trouble the upstream can make, about one call in three. */
export const DAY_FAULTS: readonly FaultRule[] = [
  { fault: { kind: "rate-limited", retryAfterSeconds: 1 }, probability: 0.04 },
  { fault: { kind: "rate-limited", retryAfterSeconds: null }, probability: 0.02 },
  { fault: { kind: "spend-cap" }, probability: 0.02 },
  { fault: { kind: "server-error" }, probability: 0.04 },
  { fault: { kind: "overloaded" }, probability: 0.04 },
  { fault: { kind: "timeout" }, probability: 0.02 },
  { fault: { kind: "reset" }, probability: 0.03 },
  { fault: { kind: "garbage" }, probability: 0.03 },
  { fault: { kind: "cut", after: 0.5 }, probability: 0.04 },
  { fault: { kind: "cut", after: 0.7, midCharacter: true }, probability: 0.03 },
  { fault: { kind: "error-event", after: 0.5 }, match: { stream: true }, probability: 0.04 },
];

/** An answer whose reader leaves waits until the reader has gone. */
export const DAY_SCRIPT: readonly ScriptEntry[] = [
  {
    match: { header: { name: LEAVES_HEADER }, stream: true },
    reply: { text: { tokens: 90 }, pause: { afterEvents: 5, until: new Promise(() => {}) } },
  },
];

export function planDayCall(random: Random): DayCall {
  const stream = random.next() < 0.6;
  const leaves = stream && random.next() < 0.1;
  return {
    body: JSON.stringify(bodyOf(random, stream)),
    leaves,
    headers: {
      "anthropic-version": randomChoice(random, VERSIONS),
      "x-api-key": "sk-ant-day",
      "x-purser-endpoint": randomChoice(random, ENDPOINTS),
      "x-purser-user": `user-${randomInteger(random, 1, 5)}`,
      "x-day-mark": String(randomInteger(random, 1, 1_000_000)),
      ...(leaves ? { [LEAVES_HEADER]: "true" } : {}),
    },
  };
}

function bodyOf(random: Random, stream: boolean): object {
  const model = random.next() < 0.03 ? "claude-sonnet-9" : randomChoice(random, MODELS);
  return {
    model,
    max_tokens: random.next() < 0.03 ? -1 : randomInteger(random, 1, 300),
    stream,
    system: systemOf(random),
    messages: [{ role: "user", content: prose(random, randomInteger(random, 2, 200)) }],
  };
}

/** One of four long beginnings, so that later calls read what earlier ones wrote. */
function systemOf(random: Random): object[] {
  const which = randomInteger(random, 0, 3);
  const text = Array.from({ length: 6_000 }, (_, index) => WORDS[(index * (which + 3)) % 8]);
  const marker = which % 2 === 0 ? { type: "ephemeral" } : { type: "ephemeral", ttl: "1h" };
  return [{ type: "text", text: `${which} ${text.join(" ")}`, cache_control: marker }];
}

function prose(random: Random, words: number): string {
  return Array.from({ length: words }, () => randomChoice(random, WORDS)).join(" ");
}
