import { describe, expect, it } from "vitest";
import { parseUsd } from "../../base/index.ts";
import type { PromptBlock } from "../prompt/index.ts";
import {
  Gauge,
  loopSigns,
  newSession,
  RecentCounts,
  reachedBefore,
  reachedWith,
  recount,
  useBounds,
} from "./index.ts";

const ask = (inputTokens: number, maxTokens: number | null = null) => ({ inputTokens, maxTokens });

describe("Gauge", () => {
  it("Gauge tells the wait of the limit that takes longest, and never of a call too large for it", () => {
    const gauge = new Gauge({ requestsPerMinute: 60, inputTokensPerMinute: 100 });
    gauge.take(ask(100), 0);
    expect(gauge.fit(ask(50), 0)).toEqual({
      kind: "full",
      limit: "inputTokensPerMinute",
      waitMs: 30_000,
    });
    expect(gauge.fit(ask(101), 0)).toEqual({ kind: "too-large", limit: "inputTokensPerMinute" });
  });

  it("Gauge expects max_tokens of a first answer and the mean of later ones, and corrects itself", () => {
    const gauge = new Gauge({ outputTokensPerMinute: 1_000 });
    const first = gauge.take(ask(5, 900), 0);
    expect(first.outputTokens).toBe(900);
    expect(gauge.fit(ask(5, 900), 0).kind).toBe("full");
    gauge.end(first, { inputTokens: 5, outputTokens: 100 }, 0);
    expect(gauge.fit(ask(5, 900), 0).kind).toBe("fits");
    const second = gauge.take(ask(5, 900), 0);
    expect(second.outputTokens).toBe(100);
    gauge.end(second, { inputTokens: 5, outputTokens: 1_200 }, 0);
    // It owes 300 now; 320 are expected of the next: (300 + 320) of 1,000 a minute.
    expect(gauge.fit(ask(5, 900), 0)).toMatchObject({ kind: "full", waitMs: 37_200 });
  });

  it("Gauge counts calls in flight, and lets the next in at the end of one", () => {
    const gauge = new Gauge({ concurrentCalls: 1 });
    const taken = gauge.take(ask(0), 0);
    expect(gauge.fit(ask(0), 0)).toEqual({ kind: "full", limit: "concurrentCalls", waitMs: null });
    expect(gauge.isIdle(0)).toBe(false);
    gauge.end(taken, null, 0);
    expect(gauge.fit(ask(0), 0).kind).toBe("fits");
    expect(gauge.isIdle(0)).toBe(true);
    expect(() => gauge.end(taken, null, 0)).toThrow("a call ends once");
  });
});

function block(role: "user" | "assistant", messageIndex: number, value: object): PromptBlock {
  const content = JSON.stringify(value);
  const { type } = value as { type: string };
  return {
    ...{ section: "messages", type, role, messageIndex, content },
    ...{ bytes: content.length, cacheLifetime: null },
  };
}
const said = (at: number) => block("user", at, { type: "text", text: "go on" });
const result = (at: number) => block("user", at, { type: "tool_result", tool_use_id: `t${at}` });
const called = (at: number, input: string, name = "read") =>
  block("assistant", at, { type: "tool_use", id: `toolu_${at}`, name, input: { input } });

describe("loopSigns", () => {
  it("loopSigns counts turns of tools alone since the user's last word", () => {
    expect(loopSigns([])).toEqual({ toolTurns: 0, repeatedToolCalls: 0 });
    const turns = [said(0), called(1, "a"), result(2), said(3), called(4, "b"), result(5)];
    expect(loopSigns(turns).toolTurns).toBe(1);
    expect(loopSigns([...turns, called(6, "c"), result(7)]).toolTurns).toBe(2);
    expect(loopSigns([...turns, result(7), said(7)]).toolTurns).toBe(0);
  });

  it("loopSigns sees the same call though its id is new, and pairs of calls as one turn", () => {
    const same = [said(0), called(1, "x"), result(2), called(3, "a"), result(4), called(5, "a")];
    expect(loopSigns(same).repeatedToolCalls).toBe(2);
    const pairs = [
      said(0),
      called(1, "a"),
      called(1, "b"),
      result(2),
      called(3, "a"),
      called(3, "b"),
    ];
    expect(loopSigns(pairs)).toEqual({ toolTurns: 2, repeatedToolCalls: 2 });
    expect(loopSigns([said(0), called(1, "a"), result(2), called(3, "a", "write")])).toEqual({
      toolTurns: 2,
      repeatedToolCalls: 1,
    });
  });
});

describe("RecentCounts", () => {
  it("RecentCounts forgets a window that is over, and the oldest when it is full", () => {
    const counts = new RecentCounts({ windowMs: 100, entriesMax: 2 });
    counts.count("a", 0);
    counts.count("a", 99);
    expect(counts.read("a", 99)).toBe(2);
    expect(counts.read("a", 100)).toBe(0);
    counts.count("b", 100);
    counts.count("c", 100);
    expect([counts.read("a", 50), counts.read("b", 100), counts.read("c", 100)]).toEqual([0, 1, 1]);
  });
});

describe("Gauge.under", () => {
  it("Gauge.under keeps what runs and what was used, and measures by the new limits", () => {
    const gauge = new Gauge({ concurrentCalls: 1, requestsPerMinute: 2 });
    const taken = gauge.take(ask(1), 0);
    gauge.under({ concurrentCalls: 2, requestsPerMinute: 2 }, 0);
    expect(gauge.fit(ask(1), 0)).toEqual({ kind: "fits" });
    gauge.under({ requestsPerMinute: 1 }, 0);
    expect(gauge.fit(ask(1), 0)).toMatchObject({ limit: "requestsPerMinute", waitMs: 60_000 });
    gauge.under({ concurrentCalls: 1 }, 0);
    expect(gauge.fit(ask(1), 0)).toMatchObject({ limit: "concurrentCalls" });
    gauge.end(taken, null, 0);
    expect(gauge.fit(ask(1), 0)).toEqual({ kind: "fits" });
  });
});

describe("reachedWith", () => {
  it("reachedWith names the limit that a session has reached with what its calls use as they run", () => {
    const settings = { sessionCalls: 2, sessionTokens: 100, sessionUsd: "1", callUsd: "0.5" };
    const bounds = useBounds(settings);
    const session = newSession();
    expect(reachedBefore(session, bounds)).toBeNull();
    const use = (tokens: number, usd: string) => ({ tokens, amount: parseUsd(usd) });
    recount(session, use(0, "0"), use(60, "0.4"));
    expect(reachedWith(session, use(60, "0.4"), bounds)).toBeNull();
    recount(session, use(60, "0.4"), use(99, "0.5"));
    expect(reachedWith(session, use(99, "0.5"), bounds)).toBe("callUsd");
    recount(session, use(0, "0"), use(0, "0.5"));
    expect(reachedWith(session, use(0, "0"), bounds)).toBe("sessionUsd");
    recount(session, use(0, "0"), use(1, "0"));
    expect(reachedBefore(session, bounds)).toBe("sessionTokens");
    session.calls = 2;
    expect(reachedBefore(session, bounds)).toBe("sessionCalls");
  });
});
