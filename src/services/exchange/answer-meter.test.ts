import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnswerMeter, guardMeter, meterAnswer } from "./answer-meter.ts";

const LIMITS = { answerBytesMax: 10_000, eventBytesMax: 10_000 };

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

const BEFORE =
  event("message_start", {
    type: "message_start",
    message: {
      id: "msg_1",
      model: "claude-opus-5-5",
      usage: { input_tokens: 7, output_tokens: 1 },
    },
  }) +
  event("content_block_delta", { type: "content_block_delta", delta: { text: "snow \u2603" } }) +
  event("ping", { type: "ping" }) +
  event("message_delta", {
    type: "message_delta",
    delta: { stop_reason: "end_turn" },
    usage: { output_tokens: 9 },
  });
const STOP = event("message_stop", { type: "message_stop" });
const STREAM = Buffer.from(BEFORE + STOP);
const LATER = Buffer.from(
  event("message_start", { type: "message_start", message: { id: "msg_2", usage: {} } }),
);

/** Feeds the bytes in pieces; returns what may have left after each, and the facts. */
function feed(bytes: Buffer, cuts: readonly number[]) {
  const meter = meterAnswer("text/event-stream; charset=utf-8", LIMITS);
  const released: number[] = [];
  let at = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    released.push(meter.take(bytes.subarray(at, Math.max(at, cut))));
    at = Math.max(at, cut);
  }
  return { meter, released };
}

describe("meterAnswer", () => {
  test("meterAnswer never lets a byte of the last event go, however the stream is cut", () => {
    const end = Buffer.byteLength(BEFORE);
    const whole = feed(STREAM, []).meter.facts();
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (cuts) => {
        const { meter, released } = feed(STREAM, cuts);
        expect(Math.max(...released)).toBe(end);
        expect(released).toEqual(released.toSorted((a, b) => a - b));
        expect(meter.isOver()).toBe(true);
        expect(meter.facts()).toEqual(whole);
      }),
    );
  });

  test("meterAnswer does not take what follows an answer's end for a part of it", () => {
    const { meter } = feed(Buffer.concat([STREAM, LATER]), []);
    expect(meter.facts()).toMatchObject({ messageId: "msg_1", whole: true });
  });

  test("meterAnswer knows an ending event without a name by its data", () => {
    const nameless = Buffer.from('data: {"type": "message_start", "message": {}}\n\n');
    const stop = Buffer.from('data: {"type": "message_stop"}\n\n');
    const { meter, released } = feed(Buffer.concat([nameless, stop]), [nameless.length]);
    expect(released).toEqual([nameless.length, nameless.length]);
    expect(meter.facts().whole).toBe(true);
  });

  test("meterAnswer does not hold back an event that is too long to be the last one", () => {
    const long = Buffer.from(`event: content_block_delta\ndata: ${"x".repeat(6_000)}`);
    expect(feed(long, []).released).toEqual([long.length]);
  });

  test("guardMeter lets no failure of a meter out, lets every byte pass, and says so", () => {
    const fail = (): never => {
      throw new RangeError("Maximum call stack size exceeded");
    };
    const sound = meterAnswer("text/event-stream", LIMITS);
    for (const name of ["take", "end", "isOver", "facts", "giveUp", "brakePoint"] as const) {
      const broken: AnswerMeter = {
        take: (bytes) => sound.take(bytes),
        end: () => sound.end(),
        giveUp: (why) => sound.giveUp(why),
        isOver: () => sound.isOver(),
        facts: () => sound.facts(),
        brakePoint: () => sound.brakePoint(),
        [name]: fail,
      };
      const meter = guardMeter(broken);
      meter.take(Buffer.alloc(5));
      meter.isOver();
      meter.brakePoint();
      meter.end();
      meter.giveUp("a reason of its own");
      expect(meter.facts().unread, name).toBe("the meter failed: RangeError");
      expect(meter.take(Buffer.alloc(6)), name).toBe(11);
      expect(meter.isOver(), name).toBe(false);
    }
  });

  test("meterAnswer says of a body why it could not be read", () => {
    const meter = meterAnswer("application/json", LIMITS);
    meter.take(Buffer.alloc(10_001));
    meter.end();
    expect(meter.facts()).toMatchObject({
      whole: false,
      unread: "the answer is longer than the limit",
    });
  });
});
