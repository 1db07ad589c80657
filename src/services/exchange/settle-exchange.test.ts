import { describe, expect, test } from "vitest";
import { type FillRandom, instant } from "../../base/index.ts";
import { compileCatalogue } from "../../domain/catalogue/index.ts";
import type { Outcome, SettledEntry } from "../../stores/contracts/index.ts";
import { meterAnswer } from "./answer-meter.ts";
import { openExchange, readRequest } from "./open-exchange.ts";
import { settleExchange } from "./settle-exchange.ts";

const catalogue = compileCatalogue();
const AT = instant(Date.parse("2026-11-22"));
const fillRandom: FillRandom = (bytes) => bytes.fill(7);
const VERSION = { apiVersion: "2023-06-01", betas: [] };
const LIMITS = { answerBytesMax: 2_000_000, eventBytesMax: 2_000_000 };

/** What a call comes to whose answer, of this type, was seen this far. */
function settled(
  contentType: string,
  answer: string,
  { outcome, httpStatus }: { readonly outcome: Outcome; readonly httpStatus: number },
): SettledEntry {
  const body = Buffer.from(
    JSON.stringify({
      model: "claude-opus-5-5",
      max_tokens: 100,
      messages: [{ role: "user", content: "Hello" }],
    }),
  );
  const opened = openExchange(
    {
      at: AT,
      call: null,
      path: "/v1/messages",
      request: readRequest(body, VERSION),
      requestBytes: body.length,
      version: VERSION,
      attributes: {
        key: null,
        user: null,
        userType: null,
        team: null,
        endpoint: null,
        session: null,
        tags: {},
        client: null,
      },
      prompt: null,
      decisions: [],
      arm: null,
      addedLifetime: null,
    },
    {
      catalogue,
      versions: { purser: "t", config: "t", prices: "t", policy: "t" },
      fillRandom,
      prompts: { breakOf: () => null },
    },
  );
  const meter = meterAnswer(contentType, LIMITS);
  meter.take(Buffer.from(answer));
  meter.end();
  return settleExchange(
    opened,
    {
      at: AT,
      firstByteAt: AT,
      outcome,
      httpStatus,
      requestId: null,
      ownCode: null,
      responseBytes: answer.length,
      forwarded: true,
      answer: meter.facts(),
    },
    { catalogue, billedAfterCut: "generated-so-far", showback: () => null },
  );
}

const START = `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5-5","usage":{"input_tokens":1000,"output_tokens":1}}}\n\n`;
const ERROR = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n`;

describe("settleExchange", () => {
  test("settleExchange bills no stream that ended with an error, whoever was there to see it", () => {
    for (const outcome of ["stream-error", "client-left"] as const) {
      const entry = settled("text/event-stream", START + ERROR, { outcome, httpStatus: 200 });
      expect(entry).toMatchObject({
        measured: null,
        estimated: null,
        errorType: "overloaded_error",
        unbilledReason: "not-billed: the provider ended the stream with an error",
        unbilledUsage: { usage: { inputTokens: 1_000 } },
      });
    }
  });

  test("settleExchange bills no refused call whose client left before the refusal was read", () => {
    const entry = settled("text/html", "busy", { outcome: "client-left", httpStatus: 529 });
    expect(entry).toMatchObject({
      measured: null,
      estimated: null,
      unbilledReason: "not-billed: the provider answered 529",
    });
  });

  test("settleExchange keeps an estimate of an answer whose usage is nested without end", () => {
    const deep = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;
    const body = `{"type":"message","model":"claude-opus-5-5","usage":{"input_tokens":1,"b":${deep}}}`;
    const entry = settled("application/json", body, { outcome: "completed", httpStatus: 200 });
    expect(entry).toMatchObject({
      measured: null,
      estimated: { basis: "worst case: usage cannot be read" },
      unbilledReason: "unpriced: usage cannot be read",
      unbilledUsage: null,
    });
  });

  test("settleExchange bills what a client that left had been sent", () => {
    const entry = settled("text/event-stream", START, { outcome: "client-left", httpStatus: 200 });
    expect(entry).toMatchObject({ measured: { final: false }, unbilledReason: null });
  });
});
