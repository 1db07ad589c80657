/** Calls with one prefix that arrive together: what the gateway holds, and what it lets go. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { durationMs } from "../../../src/base/index.ts";
import type { ReplySpec } from "../../../src/simulator/index.ts";
import { autopilot, type PoliciedGateway, startPolicied } from "./one-gateway.ts";

const LONG = "The ship carries salt and rope across a cold bay. ".repeat(1_500);

/** A simulator whose replies wait for the test, and that tells when a call has arrived. */
function stagedReplies() {
  const arrivals: ((reply: ReplySpec) => void)[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let count = 0;
  return {
    /** Each reply waits until `release(n)`; n counts arrivals from 0. */
    script: [
      {
        reply: (): ReplySpec => {
          const gate = Promise.withResolvers<unknown>();
          arrivals.push(() => gate.resolve(null));
          count += 1;
          for (const one of waiting) if (count >= one.count) one.resolve();
          return { text: { tokens: 5 }, waitFor: gate.promise };
        },
      },
    ],
    arrived: () => count,
    until: (wanted: number): Promise<void> =>
      count >= wanted
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count: wanted, resolve })),
    release: (index: number): void => arrivals[index]?.({}),
  };
}

function ask(
  stage: PoliciedGateway,
  question: string,
  signal?: AbortSignal,
): Promise<Anthropic.Message> {
  const client = new Anthropic({ apiKey: "sk-ant-test", baseURL: stage.url, maxRetries: 0 });
  return client.messages.create(
    {
      model: "claude-opus-5-5",
      max_tokens: 50,
      system: LONG,
      messages: [{ role: "user", content: question }],
    },
    signal === undefined ? {} : { signal },
  );
}

/** Lets the event loop turn until it is so; a test that waits for ever fails by its time limit. */
async function untilSo(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** The planner writes a prefix once it has seen it asked for again; two calls teach it. */
async function teach(
  stage: PoliciedGateway,
  replies: ReturnType<typeof stagedReplies>,
): Promise<number> {
  const lessons = 6;
  for (let index = 0; index < lessons; index += 1) {
    const call = ask(stage, "same");
    await replies.until(index + 1);
    replies.release(index);
    await call;
    stage.simulator.clock.advance(20_000);
  }
  // Everything written so far has expired.
  stage.simulator.clock.advance(2 * 3_600_000);
  return lessons;
}

describe("stampede control", () => {
  test("a call waits until the first with its prefix begins, and then reads what that one wrote", async () => {
    const replies = stagedReplies();
    await using stage = await startPolicied([autopilot()], { script: replies.script });
    const from = await teach(stage, replies);
    const first = ask(stage, "same");
    await replies.until(from + 1);
    const others = [ask(stage, "same"), ask(stage, "same")];
    await untilSo(() => stage.counters().holding === 2);
    expect(replies.arrived()).toBe(from + 1);
    replies.release(from);
    await first;
    await replies.until(from + 3);
    replies.release(from + 1);
    replies.release(from + 2);
    const read = await Promise.all(others);
    for (const { usage } of read) expect(usage.cache_read_input_tokens).toBeGreaterThan(10_000);
    expect(stage.counters()).toMatchObject({ holding: 0, held: { began: 2 } });
    const held = (await stage.exchanges()).filter(({ opened }) =>
      opened.decisions.some((decision) => /^held \d+ms began$/.test(decision)),
    );
    expect(held.length).toBe(2);
  });

  test("a call whose leader fails goes on at once", async () => {
    const replies = stagedReplies();
    await using stage = await startPolicied([autopilot()], { script: replies.script });
    const from = await teach(stage, replies);
    const leaving = new AbortController();
    const first = ask(stage, "same", leaving.signal).catch(() => "left");
    await replies.until(from + 1);
    const second = ask(stage, "same");
    await untilSo(() => stage.counters().holding === 1);
    leaving.abort();
    expect(await first).toBe("left");
    await replies.until(from + 2);
    replies.release(from + 1);
    await second;
    expect(stage.counters()).toMatchObject({ holding: 0, held: { failed: 1 } });
  });

  test("a client that leaves while it is held is on record, and costs nothing", async () => {
    const replies = stagedReplies();
    await using stage = await startPolicied([autopilot()], { script: replies.script });
    const from = await teach(stage, replies);
    const first = ask(stage, "same");
    await replies.until(from + 1);
    const leaving = new AbortController();
    const second = ask(stage, "same", leaving.signal).catch(() => "left");
    await untilSo(() => stage.counters().holding === 1);
    leaving.abort();
    expect(await second).toBe("left");
    await untilSo(() => stage.counters().holding === 0);
    replies.release(from);
    await first;
    expect(replies.arrived()).toBe(from + 1);
    const left = (await stage.exchanges()).filter(
      ({ settled }) => settled?.outcome === "client-left",
    );
    expect(left).toMatchObject([
      {
        settled: { unbilledReason: "not-billed: never forwarded", measured: null, estimated: null },
      },
    ]);
  });

  test("no call is held where the policy says 0, nor one that is held out", async () => {
    const settings = { ownMarkers: "respect", stampedeHoldMsMax: durationMs(0), seed: 1 } as const;
    for (const policy of [autopilot({ cache: settings }), autopilot({ holdOut: 1 })]) {
      const replies = stagedReplies();
      await using stage = await startPolicied([policy], { script: replies.script });
      const from = await teach(stage, replies);
      const calls = [ask(stage, "same"), ask(stage, "same")];
      await replies.until(from + 2);
      replies.release(from);
      replies.release(from + 1);
      await Promise.all(calls);
      expect(stage.counters().held).toEqual({});
    }
  });
});
