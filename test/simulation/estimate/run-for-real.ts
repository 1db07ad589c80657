/**
 * A day of a design, sent for real: every call through the gateway to the simulator, whose clock is moved
 * to the call's time. Texts are made to the design's sizes, so that the simulator counts what it says.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Conversation, Turn, Workload } from "../../../src/domain/workloads/index.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { openLedgerReader } from "../../../src/stores/ledger/index.ts";
import { type GatewayProcess, startGatewayProcess } from "../gateway-process.ts";

/** The simulator's own: on the first block of a message, and behind the prompt of every call. */
const MESSAGE_FRAME_TOKENS = 3;
export const TAIL_TOKENS = 3;
const HOUR_MS = 3_600_000;

export type RealBed = AsyncDisposable & {
  /** Sends the calls of `before`, then those of `counted`; returns how many of the latter there were. */
  readonly send: (day: DayToSend) => Promise<number>;
  /** What the ledger has for each label, in picodollars. Ends the bed. */
  readonly billed: () => Promise<ReadonlyMap<string, bigint>>;
};

export type DayToSend = {
  readonly label: string;
  readonly workload: Workload;
  readonly model: string;
  readonly before: readonly Conversation[];
  readonly counted: readonly Conversation[];
};

export async function startRealBed(): Promise<RealBed> {
  const data = await mkdtemp(join(tmpdir(), "purser-estimate-"));
  const long = { match: {}, reply: { text: "word ".repeat(6_000) } };
  const simulator = await startSimulator({ clock: "virtual", script: [long], callRecordsMax: 0 });
  const gateway = await startGatewayProcess({ upstream: simulator.url, data });
  let days = 0;
  const close = async (): Promise<void> => {
    await gateway.kill();
    await simulator.close();
    await rm(data, { recursive: true, force: true });
  };
  return {
    send: async (day) => {
      days += 1;
      return sendDay({ simulator, gateway, number: days }, day);
    },
    billed: async () => {
      const code = await gateway.stop();
      if (code !== 0) throw new Error(`the gateway ended with ${code}`);
      return billedByEndpoint(data);
    },
    [Symbol.asyncDispose]: close,
  };
}

async function billedByEndpoint(data: string): Promise<ReadonlyMap<string, bigint>> {
  const reader = await openLedgerReader({ directory: data });
  const everything = { since: null, until: null, where: [], top: null };
  const { rows } = await reader.spend({ ...everything, by: ["endpoint"] });
  await reader.close();
  return new Map(rows.map(({ group: [name], totals }) => [name ?? "", totals.measuredAmount]));
}

type Bed = {
  readonly simulator: Simulator;
  readonly gateway: GatewayProcess;
  readonly number: number;
};

type Timed = {
  readonly conversation: Conversation;
  readonly at: number;
  readonly turn: Turn;
  readonly counts: boolean;
};

async function sendDay({ simulator, gateway, number }: Bed, day: DayToSend): Promise<number> {
  const timed = (conversations: readonly Conversation[], counts: boolean): readonly Timed[] =>
    conversations.flatMap((conversation) =>
      conversation.turns.map((turn, at) => ({ conversation, turn, at, counts })),
    );
  const calls = [...timed(day.before, false), ...timed(day.counted, true)];
  calls.sort((left, right) => left.turn.atMs - right.turn.atMs);
  // Whatever the day before left in the cache is dead by then.
  simulator.clock.advance(3 * HOUR_MS);
  let now = calls[0]?.turn.atMs ?? 0;
  for (const call of calls) {
    if (call.turn.atMs > now) simulator.clock.advance(call.turn.atMs - now);
    now = Math.max(now, call.turn.atMs);
    const label = call.counts ? day.label : `${day.label} before`;
    const body = bodyOf(call, day, number);
    const response = await fetch(`${gateway.ready.gateway}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": "estimate-key",
        "anthropic-version": "2023-06-01",
        "x-purser-endpoint": label,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
  }
  return day.counted.reduce((sum, { turns }) => sum + turns.length, 0);
}

type Block = { type: "text"; text: string; cache_control?: { type: "ephemeral"; ttl: string } };
type Message = { readonly role: "user" | "assistant"; readonly content: Block[] };

function bodyOf({ conversation, at, turn }: Timed, day: DayToSend, number: number) {
  const { workload, model } = day;
  const name = `${number}/${conversation.id}`;
  const messages: Message[] = [];
  conversation.turns.slice(0, at + 1).forEach((past, index) => {
    const isNow = index === at;
    const documents = index === 0 ? conversation.documents : 0;
    const first = documents > 0 ? [textOf(`${name} d`, documents - MESSAGE_FRAME_TOKENS)] : [];
    const frame = documents > 0 ? 0 : MESSAGE_FRAME_TOKENS;
    const retrieved = isNow || workload.retrieval.kept ? past.retrieval : 0;
    messages.push({
      role: "user",
      content: [
        ...first,
        textOf(`${name} m${index}`, past.message - frame),
        ...(retrieved > 0 ? [textOf(`${name} r${index}`, retrieved)] : []),
      ],
    });
    if (isNow) return;
    const answer = textOf(`${name} a${index}`, past.output - MESSAGE_FRAME_TOKENS);
    messages.push({ role: "assistant", content: [answer] });
  });
  const system = conversation.system > 0 ? [textOf(`${number} s`, conversation.system)] : [];
  mark(workload.cache, system, messages);
  const max_tokens = turn.output;
  return { model, max_tokens, ...(system.length > 0 ? { system } : {}), messages };
}

/** As the concept page says of each rule; written here once more, so that it is not asked of itself. */
function mark(
  rule: Workload["cache"],
  system: readonly Block[],
  messages: readonly Message[],
): void {
  if (rule === "none") return;
  const cache_control = { type: "ephemeral", ttl: rule === "1h" ? "1h" : "5m" } as const;
  const last = messages.at(-1)?.content.at(-1);
  if (rule === "automatic") {
    if (last !== undefined) last.cache_control = cache_control;
    return;
  }
  const users = messages.filter(({ role }) => role === "user").slice(-2);
  const marked = [system.at(-1), ...users.map(({ content }) => content.at(-1))];
  for (const block of marked) if (block !== undefined) block.cache_control = cache_control;
}

/** So many words of four letters, a token each; the first tell one name from another. */
function textOf(name: string, tokens: number): Block {
  let hash = 7;
  for (let at = 0; at < name.length; at += 1) hash = (hash * 31 + name.charCodeAt(at)) % 26 ** 8;
  const letters = [...Array(8).keys()].map((place) =>
    String.fromCharCode(97 + (Math.floor(hash / 26 ** place) % 26)),
  );
  const words = [letters.slice(0, 4).join(""), letters.slice(4).join("")];
  return {
    type: "text",
    text: [...words, ...Array(Math.max(0, tokens - 2)).fill("abcd")].join(" "),
  };
}
