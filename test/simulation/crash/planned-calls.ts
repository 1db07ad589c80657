/** The calls of the crash proof: small, of several models and shapes, the same for the same seed. */
import { type Random, randomChoice, randomInteger } from "../../../src/base/index.ts";
import type { PlannedCall } from "./raw-client.ts";

const MODELS = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"] as const;
const WORDS = [
  "anchor",
  "ballast",
  "cargo",
  "deck",
  "estuary",
  "fathom",
  "galley",
  "harbour",
] as const;
/** Long enough for the 512 tokens below which nothing is cached. */
const SYSTEM_WORDS = 1_200;
const OUTPUT_TOKENS_MAX = 60;

const systemText = Array.from({ length: SYSTEM_WORDS }, (_, index) => WORDS[index % 8]).join(" ");

export function planCall(random: Random): PlannedCall {
  const stream = random.next() < 0.5;
  const words = Array.from({ length: randomInteger(random, 3, 60) }, () =>
    randomChoice(random, WORDS),
  );
  const body = JSON.stringify({
    model: randomChoice(random, MODELS),
    max_tokens: randomInteger(random, 5, OUTPUT_TOKENS_MAX),
    stream,
    ...systemOf(random),
    messages: [{ role: "user", content: words.join(" ") }],
  });
  return { body, stream };
}

/** A third without a system prompt, a third cached for five minutes, a third for an hour. */
function systemOf(random: Random): object {
  const kind = randomInteger(random, 0, 2);
  if (kind === 0) return {};
  const cache_control = kind === 1 ? { type: "ephemeral" } : { type: "ephemeral", ttl: "1h" };
  return { system: [{ type: "text", text: `${kind} ${systemText}`, cache_control }] };
}
