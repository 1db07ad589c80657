/**
 * Support chat: several turns over a long system prompt, cached for five minutes. Some customers
 * close the window while the answer still runs.
 */
import type Anthropic from "@anthropic-ai/sdk";
import { randomInteger, seededRandom } from "../../../base/index.ts";
import { type Activity, type DayContext, MODELS, type Steps } from "../activity.ts";
import type { Identity, Manner } from "../caller.ts";
import { drawCustomer, type Person } from "../people.ts";
import { makeProse, namedProse } from "../prose.ts";
import { officeTime, secondsBetween } from "../schedule.ts";

const CHATS = 150;
const HANDBOOK_CHARACTERS = 17_000;
const LEAVES_OUT_OF = 9;

const SYSTEM: Anthropic.TextBlockParam[] = [
  {
    type: "text",
    text: `You answer the customers of a parts wholesaler.\n${namedProse("handbook", HANDBOOK_CHARACTERS)}`,
    cache_control: { type: "ephemeral" },
  },
];

export function planSupportChats(day: DayContext): readonly Activity[] {
  return Array.from({ length: CHATS }, (_, index) => ({
    startsAt: officeTime(day.midnight, day.random),
    steps: chat(day, drawCustomer(day.random), index),
  }));
}

async function* chat(day: DayContext, customer: Person, index: number): Steps {
  const random = seededRandom(randomInteger(day.random, 0, 2 ** 31));
  const identity: Identity = {
    ...customer,
    endpoint: "support-chat",
    session: `chat-${String(index + 1).padStart(3, "0")}`,
    tags: `channel=${index % 3 === 0 ? "phone-app" : "web"}`,
  };
  const past: Anthropic.MessageParam[] = [];
  const turns = randomInteger(random, 2, 6);
  const leavesAtLast = index % LEAVES_OUT_OF === LEAVES_OUT_OF - 1;
  for (let turn = 1; turn <= turns; turn += 1) {
    const asked = makeProse(random, randomInteger(random, 80, 400));
    const manner: Manner = leavesAtLast && turn === turns ? "leave" : "stream";
    const answer = await day.ask(identity, request(past, asked), manner);
    if (answer === null) return;
    past.push(question(asked, false), { role: "assistant", content: answer.content });
    yield secondsBetween(random, 25, 200);
  }
}

/** Markers are free but at most four: only the newest question carries one. */
function question(text: string, isNewest: boolean): Anthropic.MessageParam {
  const marker = isNewest ? { cache_control: { type: "ephemeral" as const } } : {};
  return { role: "user", content: [{ type: "text", text, ...marker }] };
}

function request(
  past: readonly Anthropic.MessageParam[],
  asked: string,
): Anthropic.MessageCreateParamsNonStreaming {
  const messages = [...past, question(asked, true)];
  return { model: MODELS.sonnet, max_tokens: 400, system: SYSTEM, messages };
}
