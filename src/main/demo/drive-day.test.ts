import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { type Instant, instant, parseInstant, seededRandom } from "../../base/index.ts";
import type { Ask, Identity, Manner } from "./caller.ts";
import { driveDay } from "./drive-day.ts";
import { planDay } from "./plan-day.ts";

type Call = {
  readonly at: Instant;
  readonly identity: Identity;
  readonly request: Anthropic.MessageCreateParamsNonStreaming;
  readonly manner: Manner;
};

const MIDNIGHT = parseInstant("2026-11-18") ?? instant(0);
const answer = { content: [{ type: "text", text: "Noted.", citations: null }] } as const;

/** Drives a whole day against nobody and writes down every call. */
async function driveOnPaper(seed: number, stopAfter = Number.POSITIVE_INFINITY): Promise<Call[]> {
  const calls: Call[] = [];
  const stop = new AbortController();
  let now: Instant = MIDNIGHT;
  const ask: Ask = async (identity, request, manner) => {
    calls.push({ at: now, identity, request, manner });
    if (calls.length >= stopAfter) stop.abort();
    return manner === "leave" ? null : (answer as unknown as Anthropic.Message);
  };
  const advanceTo = async (at: Instant): Promise<void> => {
    now = at;
  };
  await driveDay(planDay({ midnight: MIDNIGHT, random: seededRandom(seed), ask }), {
    clock: { advanceTo },
    onStep: () => {},
    signal: stop.signal,
  });
  return calls;
}

describe("planDay and driveDay", () => {
  it("driveDay makes the same calls for the same seed, and others for another", async () => {
    const [first, again, other] = [
      await driveOnPaper(3),
      await driveOnPaper(3),
      await driveOnPaper(4),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("driveDay never goes back in time and stays within the day", async () => {
    const times = (await driveOnPaper(1)).map((call) => call.at - MIDNIGHT);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(24 * 3_600_000);
  });

  it("planDay mixes every kind of traffic", async () => {
    const calls = await driveOnPaper(1);
    const endpoints = new Set(calls.map((call) => call.identity.endpoint));
    expect([...endpoints].sort()).toEqual([
      "coding-agent",
      "document-search",
      "nightly-report",
      "support-chat",
      "ticket-triage",
    ]);
    expect(new Set(calls.map((call) => call.manner))).toEqual(
      new Set(["whole", "stream", "leave"]),
    );
    expect(new Set(calls.map((call) => call.request.model)).size).toBe(5);
  });

  it("planDay lets each agent run for more than thirty turns", async () => {
    const agents = (await driveOnPaper(1)).filter(
      (call) => call.identity.endpoint === "coding-agent",
    );
    const turns = Map.groupBy(agents, (call) => call.identity.session);
    expect([...turns.values()].map((calls) => calls.length).every((count) => count > 30)).toBe(
      true,
    );
  });

  it("planDay never sets more cache markers than the API takes", async () => {
    const markers = (await driveOnPaper(1)).map(
      (call) => JSON.stringify(call.request).split('"cache_control"').length - 1,
    );
    expect(Math.max(...markers)).toBeLessThanOrEqual(4);
  });

  it("driveDay stops between two calls when told to", async () => {
    expect(await driveOnPaper(1, 5)).toHaveLength(5);
  });
});
