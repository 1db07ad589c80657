/** Clients that call without pause: streaming and not, some leave in mid-answer, some try again. */
import { setTimeout as wait } from "node:timers/promises";
import { Agent, request } from "undici";
import { type Random, randomChoice, randomInteger } from "../../../src/base/index.ts";

export type LoadCounts = {
  answered: number;
  refused: number;
  left: number;
  failed: number;
  retried: number;
};

export type Load = {
  readonly counts: Readonly<LoadCounts>;
  readonly gatewayIsUp: (url: string) => void;
  readonly gatewayIsDown: () => void;
  /** Resolves once so many attempts more have ended in any way. */
  readonly attempts: (count: number) => Promise<void>;
  /** No new calls; resolves when those in flight have ended. */
  readonly finish: () => Promise<void>;
};

const MODELS = [
  "claude-opus-5-5",
  "claude-haiku-5-5",
  "claude-sonnet-5-5",
  "claude-haiku-4-5",
] as const;
const USERS = ["dana", "kim", "lee", "sam"] as const;
const PAUSE_AFTER_FAILURE_MS = 2;
const RETRIES_MAX = 2;

type Target = { readonly url: string; readonly agent: Agent };

export function startLoad(random: Random, clients: number): Load {
  const counts: LoadCounts = { answered: 0, refused: 0, left: 0, failed: 0, retried: 0 };
  let target = Promise.withResolvers<Target>();
  let current: Target | null = null;
  let ended = 0;
  let waiters: readonly { readonly at: number; readonly resolve: () => void }[] = [];
  let isFinishing = false;
  let number = 0;

  const attempt = async (body: Body, retry: number): Promise<Ending> => {
    const aim = await target.promise;
    number += 1;
    const ending = await callOnce(aim, body, `attempt-${number}`, retry).catch(
      (): Ending => "failed",
    );
    counts[ending] += 1;
    ended += 1;
    for (const waiter of waiters) if (ended >= waiter.at) waiter.resolve();
    waiters = waiters.filter(({ at }) => ended < at);
    return ending;
  };
  const work = async (): Promise<void> => {
    while (!isFinishing) {
      const body = planBody(random);
      let ending = await attempt(body, 0);
      for (let retry = 1; ending === "failed" && retry <= RETRIES_MAX && !isFinishing; retry += 1) {
        await wait(PAUSE_AFTER_FAILURE_MS);
        counts.retried += 1;
        ending = await attempt(body, retry);
      }
      if (ending !== "answered") await wait(PAUSE_AFTER_FAILURE_MS);
    }
  };
  const workers = Array.from({ length: clients }, work);
  return {
    counts,
    gatewayIsUp: (url) => {
      current = { url, agent: new Agent({ connections: 64 }) };
      target.resolve(current);
    },
    gatewayIsDown: () => {
      target = Promise.withResolvers<Target>();
      current?.agent.close().catch(() => {});
    },
    attempts: (count) =>
      new Promise((resolve) => {
        waiters = [...waiters, { at: ended + count, resolve }];
      }),
    finish: async () => {
      isFinishing = true;
      await Promise.all(workers);
      await current?.agent.close();
    },
  };
}

type Ending = "answered" | "refused" | "left" | "failed";
type Body = {
  readonly text: string;
  readonly stream: boolean;
  readonly user: string;
  /** Leaves once so many bytes of the answer have come; `null` stays. */
  readonly leaveAfterBytes: number | null;
};

const LEAVING_SHARE = 0.15;

function planBody(random: Random): Body {
  const words = "the purser counts every coin twice ".repeat(randomInteger(random, 1, 40));
  const stream = random.next() < 0.6;
  const request = {
    model: randomChoice(random, MODELS),
    max_tokens: randomInteger(random, 20, 400),
    stream,
    ...systemOf(random),
    messages: [{ role: "user", content: `${random.next()} ${words}` }],
  };
  const leaves = random.next() < LEAVING_SHARE;
  return {
    text: JSON.stringify(request),
    stream,
    user: randomChoice(random, USERS),
    leaveAfterBytes: leaves ? randomInteger(random, 0, 2_000) : null,
  };
}

const SYSTEM = "You keep the ship's accounts and answer in whole sentences. ".repeat(40);

/** A third without a system prompt, a third cached for five minutes, a third for an hour. */
function systemOf(random: Random): object {
  const kind = randomInteger(random, 0, 2);
  if (kind === 0) return {};
  const cache_control = kind === 1 ? { type: "ephemeral" } : { type: "ephemeral", ttl: "1h" };
  return { system: [{ type: "text", text: `${kind} ${SYSTEM}`, cache_control }] };
}

async function callOnce(
  { url, agent }: Target,
  { text, user, leaveAfterBytes }: Body,
  attempt: string,
  retry: number,
): Promise<Ending> {
  const leaving = new AbortController();
  const response = await request(`${url}/v1/messages`, {
    method: "POST",
    dispatcher: agent,
    signal: leaving.signal,
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2026-10-21",
      "x-api-key": "sk-ant-budget-proof",
      "x-purser-user": user,
      // Goes through to the upstream, so that both sides' records name the same attempt.
      "x-claude-code-session-id": attempt,
      "x-stainless-retry-count": String(retry),
    },
    body: text,
  });
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      bytes += (chunk as Buffer).length;
      if (leaveAfterBytes !== null && bytes > leaveAfterBytes) {
        leaving.abort();
        return "left";
      }
    }
  } catch (error) {
    if (leaving.signal.aborted) return "left";
    throw error;
  }
  if (response.statusCode === 429 && response.headers["request-id"]?.toString().startsWith("ex_")) {
    return "refused";
  }
  return response.statusCode === 200 ? "answered" : "failed";
}
