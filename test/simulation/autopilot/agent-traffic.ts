/**
 * Agents at work, by the real SDK: a shared system prompt and tools, a history that grows with every
 * turn, tools that answer in seconds and people who take minutes. Time is the simulator's.
 */
import Anthropic from "@anthropic-ai/sdk";
import { type Random, randomInteger, seededRandom } from "../../../src/base/index.ts";
import type { ScriptEntry, Simulator } from "../../../src/simulator/index.ts";

export const AGENT_MODEL = "claude-opus-5-5";
const OUTPUT_TOKENS = 120;
const TURNS_PER_TASK = 6;

/** Tool turns until a task is done, then an answer to the person. */
export const AGENT_SCRIPT: readonly ScriptEntry[] = [
  {
    reply: (request) => {
      const messages = request.body.messages;
      const turns = Array.isArray(messages) ? (messages.length + 1) / 2 : 0;
      return turns % TURNS_PER_TASK === 0
        ? { text: { tokens: OUTPUT_TOKENS } }
        : {
            toolCalls: [
              { name: "read_file", id: `toolu_${turns}`, input: { path: `src/${turns}` } },
            ],
          };
    },
  },
];

export type SentCall = {
  readonly body: Anthropic.MessageCreateParamsNonStreaming;
  readonly atMs: number;
  readonly usage: Anthropic.Usage;
  readonly stopReason: string | null;
};

export type TrafficOptions = {
  readonly seed: number;
  readonly sessions: number;
  readonly turns: number;
  /** Sent with every call, as `x-purser-endpoint`. */
  readonly endpoint?: string;
};

type Session = {
  readonly random: Random;
  readonly messages: Anthropic.MessageParam[];
  dueMs: number;
  turn: number;
};

/** Plays all sessions against `baseURL`, one call at a time, in the order of their virtual times. */
export async function playAgents(
  simulator: Simulator,
  baseURL: string,
  options: TrafficOptions,
): Promise<readonly SentCall[]> {
  const client = new Anthropic({ apiKey: "sk-ant-test", baseURL, maxRetries: 0 });
  const startMs = simulator.clock.nowMs();
  const sessions = Array.from({ length: options.sessions }, (_, index) =>
    openSession(options.seed * 1_000 + index, startMs),
  );
  const sent: SentCall[] = [];
  for (let left = options.sessions * options.turns; left > 0; left -= 1) {
    const session = earliest(sessions, options.turns);
    if (session === null) break;
    simulator.clock.advance(session.dueMs - simulator.clock.nowMs());
    sent.push(await takeTurn(client, session, simulator.clock.nowMs()));
  }
  return sent;
}

function openSession(seed: number, startMs: number): Session {
  const random = seededRandom(seed);
  return {
    random,
    messages: [{ role: "user", content: `Task of ${seed}: ${words(random, 300)}` }],
    dueMs: startMs + randomInteger(random, 0, 3_600_000),
    turn: 0,
  };
}

function earliest(sessions: readonly Session[], turns: number): Session | null {
  let found: Session | null = null;
  for (const session of sessions) {
    if (session.turn >= turns) continue;
    if (found === null || session.dueMs < found.dueMs) found = session;
  }
  return found;
}

async function takeTurn(client: Anthropic, session: Session, atMs: number): Promise<SentCall> {
  const body = {
    model: AGENT_MODEL,
    max_tokens: 1_000,
    system: SYSTEM,
    tools: [...TOOLS],
    messages: [...session.messages],
  };
  const message = await client.messages.create(body);
  session.turn += 1;
  const { random, messages } = session;
  messages.push({ role: "assistant", content: message.content });
  const tool = message.content.find((block) => block.type === "tool_use");
  if (tool === undefined) {
    messages.push({ role: "user", content: words(random, 60) });
    session.dueMs = atMs + randomInteger(random, 60_000, 40 * 60_000);
  } else {
    const result = {
      type: "tool_result" as const,
      tool_use_id: tool.id,
      content: words(random, 400),
    };
    messages.push({ role: "user", content: [result] });
    session.dueMs = atMs + randomInteger(random, 2_000, 45_000);
  }
  return { body, atMs, usage: message.usage, stopReason: message.stop_reason };
}

const WORDS =
  "the ship carries salt and rope across a cold bay while clerks count barrels by lamp light".split(
    " ",
  );

function words(random: Random, count: number): string {
  return Array.from(
    { length: count },
    () => WORDS[randomInteger(random, 0, WORDS.length - 1)],
  ).join(" ");
}

const SYSTEM = `You change the code of a warehouse system. ${words(seededRandom(1), 4_000)}`;
const TOOLS: readonly Anthropic.Tool[] = ["read_file", "search_code", "edit_file"].map((name) => ({
  name,
  description: words(seededRandom(name.length), 200),
  input_schema: { type: "object", properties: { path: { type: "string" } } },
}));
