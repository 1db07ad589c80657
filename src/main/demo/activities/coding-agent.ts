/**
 * A coding agent: more than thirty turns, each of which sends the whole history back with the
 * result of a tool. The instructions are cached for an hour, the growing history for five minutes.
 */
import type Anthropic from "@anthropic-ai/sdk";
import { randomInteger, seededRandom } from "../../../base/index.ts";
import { type Activity, type DayContext, MODELS, type Steps } from "../activity.ts";
import type { Identity } from "../caller.ts";
import { engineer } from "../people.ts";
import { makeProse, namedProse } from "../prose.ts";
import { clockTime, secondsBetween } from "../schedule.ts";

const RUNS = [
  { model: MODELS.opus, hour: 8, minute: 50, turns: 34 },
  { model: MODELS.opus, hour: 9, minute: 40, turns: 46 },
  { model: MODELS.opus, hour: 13, minute: 10, turns: 38 },
  { model: MODELS.opus, hour: 14, minute: 5, turns: 33 },
  { model: MODELS.sonnet, hour: 15, minute: 30, turns: 52 },
  { model: MODELS.fable, hour: 16, minute: 20, turns: 31 },
] as const;

const SYSTEM: Anthropic.TextBlockParam[] = [
  {
    type: "text",
    text: `You change the code of a warehouse system.\n${namedProse("conventions", 9_000)}`,
    cache_control: { type: "ephemeral", ttl: "1h" },
  },
];

const TOOLS: Anthropic.Tool[] = ["read_file", "search_code", "edit_file", "run_tests"].map(
  (name) => ({
    name,
    description: namedProse(name, 500),
    input_schema: {
      type: "object",
      properties: { path: { type: "string" }, text: { type: "string" } },
      required: ["path"],
    },
  }),
);

export function planCodingAgents(day: DayContext): readonly Activity[] {
  return RUNS.map((run, index) => ({
    startsAt: clockTime(day.midnight, run.hour, run.minute),
    steps: work(day, run, index),
  }));
}

async function* work(day: DayContext, run: (typeof RUNS)[number], index: number): Steps {
  const random = seededRandom(randomInteger(day.random, 0, 2 ** 31));
  const identity: Identity = {
    ...engineer(index),
    endpoint: "coding-agent",
    session: `agent-${index + 1}`,
    tags: `repository=warehouse,ticket=WH-${randomInteger(random, 100, 999)}`,
  };
  const messages: Anthropic.MessageParam[] = [
    { role: "user", content: [{ type: "text", text: makeProse(random, 1_200) }] },
  ];
  for (let turn = 1; turn <= run.turns; turn += 1) {
    const answer = await day.ask(identity, request(run.model, messages), "stream");
    if (answer === null) continue;
    messages.push({ role: "assistant", content: answer.content });
    const text = makeProse(random, randomInteger(random, 600, 7_000));
    messages.push({ role: "user", content: resultsOf(answer, text) });
    yield secondsBetween(random, 8, 75);
  }
}

/** One result for each tool asked for; a plain go-ahead where none was. */
function resultsOf(answer: Anthropic.Message, text: string): Anthropic.ContentBlockParam[] {
  const calls = answer.content.filter((block) => block.type === "tool_use");
  if (calls.length === 0) return [{ type: "text", text: `Go on. ${text}` }];
  return calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: text }));
}

function request(
  model: string,
  messages: readonly Anthropic.MessageParam[],
): Anthropic.MessageCreateParamsNonStreaming {
  return { model, max_tokens: 1_500, system: SYSTEM, tools: TOOLS, messages: markLast(messages) };
}

/** A copy whose last block carries the marker: what stands before it is read from the cache. */
function markLast(messages: readonly Anthropic.MessageParam[]): Anthropic.MessageParam[] {
  const last = messages.at(-1);
  if (last?.role !== "user" || !Array.isArray(last.content)) return [...messages];
  const content = last.content.map((block, index, all) =>
    index === all.length - 1 && (block.type === "text" || block.type === "tool_result")
      ? { ...block, cache_control: { type: "ephemeral" as const } }
      : block,
  );
  return [...messages.slice(0, -1), { role: "user", content }];
}
