/** Random traffic of agents that do much wrong: models, tools, texts and markers change as they go. */
import {
  type JsonObject,
  type Random,
  randomChoice,
  randomInteger,
  seededRandom,
} from "../../../src/base/index.ts";
import type { Scene, SceneCall } from "./miss-scenes.ts";

const CALLS = 60;
const TALKS = 3;
const WORDS = ["salt", "rope", "ship", "port", "cargo", "日本", "{}", "12"] as const;
const MODELS = ["claude-opus-5-5", "claude-opus-5-5", "claude-sonnet-5-5"] as const;
/** Seconds between calls; some let five minutes or an hour go by, by a hair or by far. */
const GAPS_MS = [1_000, 20_000, 100_000, 290_000, 310_000, 1_200_000, 4_000_000] as const;
const START_MS = Date.parse("2026-11-22T08:00:00Z");

type Message = { readonly role: "user" | "assistant"; readonly content: JsonObject[] };
type Talk = { system: string; tools: JsonObject[]; readonly messages: Message[] };

export function randomTalk(seed: number): Scene {
  const random = seededRandom(seed);
  const talks = Array.from(
    { length: TALKS },
    (): Talk => ({
      system: words(random).repeat(3),
      tools: Array.from({ length: randomInteger(random, 1, 4) }, (_, index) => tool(random, index)),
      messages: [],
    }),
  );
  const calls = Array.from({ length: CALLS }, (_, index): SceneCall => {
    const talk = talks[randomInteger(random, 0, TALKS - 1)];
    if (talk === undefined) throw new Error("no such talk");
    goOn(talk, random, index);
    return { body: bodyOf(talk, random), afterMs: randomChoice(random, GAPS_MS) };
  });
  return { cause: "expired", variant: `random talk ${seed}`, calls };
}

function words(random: Random): string {
  const count = randomInteger(random, 5, 400);
  return Array.from({ length: count }, () => randomChoice(random, WORDS)).join(" ");
}

function tool(random: Random, index: number): JsonObject {
  return { name: `t${index}`, description: words(random), input_schema: { type: "object" } };
}

const say = (role: Message["role"], random: Random): Message => ({
  role,
  content: [{ type: "text", text: words(random) }],
});

/** Most turns go on; some change what was said, and some say the same again. */
function goOn(talk: Talk, random: Random, index: number): void {
  const chance = random.next();
  const { messages } = talk;
  if (messages.length === 0) messages.push(say("user", random));
  else if (chance < 0.5) messages.push(say("assistant", random), say("user", random));
  else if (chance < 0.8) messages.push(...toolTurn(random, index));
  else if (chance < 0.85) talk.system += new Date(START_MS + index * 60_000).toISOString();
  else if (chance < 0.9 && messages.length > 3) messages[0] = say("user", random);
  else if (chance < 0.93) talk.tools.reverse();
  else if (chance < 0.96) talk.tools.push(tool(random, talk.tools.length));
}

function toolTurn(random: Random, index: number): readonly Message[] {
  const ids = Array.from(
    { length: randomInteger(random, 1, 5) },
    (_, at) => `toolu_${index}_${at}`,
  );
  const input = { entry: words(random) };
  return [
    {
      role: "assistant",
      content: ids.map((id) => ({ type: "tool_use", id, name: "t0", input })),
    },
    {
      role: "user",
      content: ids.map((id) => ({
        type: "tool_result",
        tool_use_id: id,
        content: words(random),
      })),
    },
  ];
}

function bodyOf({ system, tools, messages }: Talk, random: Random): JsonObject {
  const ttl = random.next() < 0.3 ? "1h" : "5m";
  const marker = { cache_control: { type: "ephemeral", ttl } };
  const place = random.next();
  const last = messages.length - 1;
  const marked = place < 0.6;
  return {
    model: randomChoice(random, MODELS),
    max_tokens: 20,
    tools: [...tools],
    system: [{ type: "text", text: system, ...(place > 0.3 && place < 0.8 ? marker : {}) }],
    messages: messages.map(({ role, content }, index) => ({
      role,
      content: content.map((block, at) =>
        marked && index === last && at === content.length - 1 ? { ...block, ...marker } : block,
      ),
    })),
    ...(place > 0.8 && place < 0.9 ? marker : {}),
    ...(random.next() < 0.15 ? { tool_choice: { type: "none" } } : {}),
  };
}
