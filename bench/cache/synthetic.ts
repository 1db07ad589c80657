/**
 * Made-up traffic of three kinds, by parameters: agents that loop over tools, chats, and short calls that
 * share one of several long prompts. Nothing in it is taken from the recorded traces.
 */
import { instant } from "../../src/base/index.ts";
import {
  createPrefixTreeBuilder,
  type Ending,
  NO_NODE,
  type PlaceKind,
  type Workload,
  type WorkloadRequest,
} from "../../src/domain/prompt-cache/index.ts";
import { type Random, randomOf } from "./variations.ts";

type Event = {
  readonly startMs: number;
  readonly outputTokens: number;
  readonly ending: Ending;
  readonly session: number;
  /** Blocks to add below the session's last prompt, or below a shared prompt for its first. */
  readonly added: readonly { readonly tokens: number; readonly kind: PlaceKind }[];
  readonly sharedPrompt: number;
};

const HOUR_MS = 3_600_000;
const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random());
const lognormal = (random: Random, median: number, spread: number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
};
const whole = (value: number, least: number): number => Math.max(least, Math.round(value));

export type AgentTraffic = {
  readonly sessions: number;
  readonly withinHours: number;
  readonly promptTokens: number;
  /** How many different system prompts there are. */
  readonly prompts: number;
  readonly stepsMean: number;
  readonly turnsMean: number;
  readonly resultTokens: number;
  readonly answerTokens: number;
  readonly stepSeconds: number;
  readonly pauseSeconds: number;
  readonly pauseSpread: number;
};

/** Sessions of turns, each turn a loop of tool calls, people's pauses between turns. */
export function agentTraffic(traffic: AgentTraffic, seed: number): Workload {
  const random = randomOf(seed);
  const events: Event[] = [];
  for (let session = 0; session < traffic.sessions; session += 1) {
    let nowMs = random() * traffic.withinHours * HOUR_MS;
    const turns = whole(exponential(random, traffic.turnsMean), 1);
    const sharedPrompt = Math.floor(random() * traffic.prompts);
    for (let turn = 0; turn < turns; turn += 1) {
      const steps = whole(exponential(random, traffic.stepsMean), 1);
      for (let step = 0; step < steps; step += 1) {
        const answer = whole(lognormal(random, traffic.answerTokens, 0.8), 1);
        const user = step === 0 ? 200 : whole(lognormal(random, traffic.resultTokens, 1.3), 20);
        const kind: PlaceKind = step === 0 ? "user_text" : "tool_result";
        const said = { tokens: answer, kind: "assistant" as const };
        events.push({
          startMs: nowMs,
          outputTokens: answer,
          ending: step === steps - 1 ? "end_turn" : "tool_use",
          session,
          added: [...(turn + step === 0 ? [] : [said]), { tokens: user, kind }],
          sharedPrompt,
        });
        nowMs += 1_000 * (answer / 60 + lognormal(random, traffic.stepSeconds, 1));
      }
      nowMs += 1_000 * lognormal(random, traffic.pauseSeconds, traffic.pauseSpread);
    }
  }
  return workloadFrom(
    "agents",
    events,
    sharedPrompts(traffic.prompts, traffic.promptTokens, random),
  );
}

export type ChatTraffic = {
  readonly conversations: number;
  readonly withinHours: number;
  readonly promptTokens: number;
  readonly prompts: number;
  readonly turnsMean: number;
  readonly userTokens: number;
  readonly userSpread: number;
  readonly answerTokens: number;
  readonly pauseSeconds: number;
  readonly pauseSpread: number;
};

/** People talking; with one turn each and several prompts it is short calls on shared prompts. */
export function chatTraffic(traffic: ChatTraffic, seed: number): Workload {
  const random = randomOf(seed);
  const events: Event[] = [];
  for (let session = 0; session < traffic.conversations; session += 1) {
    let nowMs = random() * traffic.withinHours * HOUR_MS;
    const turns = whole(exponential(random, traffic.turnsMean), 1);
    // Few prompts take most of the traffic.
    const sharedPrompt = Math.floor(traffic.prompts * random() ** 3);
    for (let turn = 0; turn < turns; turn += 1) {
      const answer = whole(lognormal(random, traffic.answerTokens, 0.8), 1);
      const user = whole(lognormal(random, traffic.userTokens, traffic.userSpread), 5);
      const said = { tokens: answer, kind: "assistant" as const };
      events.push({
        startMs: nowMs,
        outputTokens: answer,
        ending: "end_turn",
        session,
        added: [...(turn === 0 ? [] : [said]), { tokens: user, kind: "user_text" }],
        sharedPrompt,
      });
      nowMs += 1_000 * (answer / 60 + lognormal(random, traffic.pauseSeconds, traffic.pauseSpread));
    }
  }
  return workloadFrom("chat", events, sharedPrompts(traffic.prompts, traffic.promptTokens, random));
}

function sharedPrompts(count: number, tokens: number, random: Random): readonly number[] {
  return Array.from({ length: count }, () =>
    tokens === 0 ? 0 : whole(lognormal(random, tokens, 0.6), 1),
  );
}

function workloadFrom(
  name: string,
  events: readonly Event[],
  prompts: readonly number[],
): Workload {
  const builder = createPrefixTreeBuilder();
  const ordered = [...events].sort((a, b) => a.startMs - b.startMs);
  const ends = new Map<number, number>();
  const roots = new Map<number, number>();
  const requests = ordered.map((event, index): WorkloadRequest => {
    const tokens = prompts[event.sharedPrompt] ?? 0;
    const rootOf = (): number => {
      const made = builder.add({
        parent: NO_NODE,
        tokens,
        kind: "system",
        markable: true,
        firstSeenBy: index,
      });
      roots.set(event.sharedPrompt, made);
      return made;
    };
    const root = tokens === 0 ? NO_NODE : (roots.get(event.sharedPrompt) ?? rootOf());
    let node = ends.get(event.session) ?? root;
    for (const block of event.added) {
      node = builder.add({ ...block, parent: node, markable: true, firstSeenBy: index });
    }
    ends.set(event.session, node);
    const begin = event.startMs + 1_000;
    return {
      leaf: node,
      tailTokens: 4,
      startMs: instant(event.startMs),
      responseBeginMs: instant(begin),
      endMs: instant(begin + (1_000 * event.outputTokens) / 60),
      ending: event.ending,
      session: String(event.session),
      agent: null,
      outputTokens: event.outputTokens,
      markersSent: null,
    };
  });
  return { name, tree: builder.finish(), requests, assumptions: [] };
}
