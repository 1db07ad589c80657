import { describe, expect, it } from "vitest";
import { type CostCall, readCostText } from "./read-cost-text.ts";

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

function start(id: string): string {
  const usage = { input_tokens: 1_000, output_tokens: 1 };
  return event("message_start", { message: { id, model: "claude-opus-5-5", usage } });
}

const DELTA = event("message_delta", { usage: { output_tokens: 50 } });
const STOP = event("message_stop", {});
const ERROR = event("error", { error: { type: "overloaded_error", message: "busy" } });

function calls(text: string): readonly CostCall[] {
  return readCostText(text).calls;
}

const told = (call: CostCall) => [
  call.view?.id ?? null,
  call.view?.usage.kind === "usage" ? call.view.usage.usage.outputTokens : null,
  call.complete,
  call.failure,
];

describe("readCostText", () => {
  it.each([
    ["both whole", start("a") + DELTA + STOP + start("b") + DELTA + STOP, [50, true], [50, true]],
    ["the first cut", start("a") + start("b") + DELTA + STOP, [1, false], [50, true]],
    ["the second cut", start("a") + DELTA + STOP + start("b"), [50, true], [1, false]],
  ])("readCostText takes joined transcripts for two calls: %s", (_case, text, first, second) => {
    expect(calls(text).map(told)).toEqual([
      ["a", ...first, null],
      ["b", ...second, null],
    ]);
  });

  it("readCostText takes an error behind a whole answer for a call of its own", () => {
    expect(calls(start("a") + DELTA + STOP + ERROR).map(told)).toEqual([
      ["a", 50, true, null],
      [null, null, true, "overloaded_error"],
    ]);
  });

  it("readCostText keeps what an answer told before an error ended it, and bills none of it", () => {
    expect(calls(start("a") + DELTA + ERROR).map(told)).toEqual([
      ["a", 50, true, "overloaded_error"],
    ]);
  });

  it("readCostText ignores what follows the end of an answer and begins no other", () => {
    const after = event("ping", {}) + event("message_delta", { usage: { output_tokens: 9 } });
    expect(calls(start("a") + DELTA + STOP + after).map(told)).toEqual([["a", 50, true, null]]);
  });

  it("readCostText refuses transcripts that are joined without an empty line between", () => {
    const first = (start("a") + DELTA + STOP).trimEnd();
    expect(() => readCostText(`${first}\n${start("b")}${DELTA}${STOP}`)).toThrow("is not JSON");
  });

  it.each([
    [{ cache_read_input_tokens: 5 }, "no input_tokens and output_tokens"],
    [{ cache_creation: { ephemeral_1h_input_tokens: 5 } }, "no input_tokens and output_tokens"],
    [{ input_tokens: 5, output_tokens: null }, "no output_tokens"],
    [{ output_tokens: 5, cache_read_input_tokens: 5 }, "no input_tokens"],
  ])("readCostText names what the usage object %j lacks", (usage, what) => {
    expect(() => readCostText(JSON.stringify(usage))).toThrow(
      expect.objectContaining({
        code: "COST_INPUT_UNREADABLE",
        message: expect.stringContaining(what),
        mend: expect.stringContaining("written as 0"),
      }),
    );
  });

  it("readCostText reads a transcript whose last event is cut off", () => {
    const cut = start("a") + DELTA.slice(0, -10);
    expect(calls(cut).map(told)).toEqual([["a", 1, false, null]]);
  });
});
