import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signWebhook, verifyWebhook } from "./index.ts";

const NOW = 1_800_000_000_000;
const BODY = '{"kind":"test"}';
const header = signWebhook("first", BODY, NOW);
const ask = (over: Partial<Parameters<typeof verifyWebhook>[0]>) =>
  verifyWebhook({ header, body: BODY, secrets: ["first"], nowMs: NOW, ...over }).kind;

describe("verifyWebhook", () => {
  test("signWebhook is an HMAC over the time, a full stop and the body", () => {
    const digest = createHmac("sha256", "first").update(`1800000000.${BODY}`).digest("hex");
    expect(header).toBe(`t=1800000000,v1=${digest}`);
  });

  test("verifyWebhook takes what was signed by any secret in force, within five minutes", () => {
    expect(ask({})).toBe("genuine");
    expect(ask({ secrets: ["second", "first"] })).toBe("genuine");
    expect(ask({ nowMs: NOW + 299_000 })).toBe("genuine");
  });

  test("verifyWebhook tells of a replay by its age, and of a time that was put forward", () => {
    expect(ask({ nowMs: NOW + 301_000 })).toBe("stale");
    expect(ask({ nowMs: NOW - 301_000 })).toBe("stale");
    expect(ask({ nowMs: NOW + 900_000, header: header.replace("1800000000", "1800000900") })).toBe(
      "forged",
    );
  });

  test("verifyWebhook takes nothing that was changed, unsigned or malformed", () => {
    expect(ask({ body: `${BODY} ` })).toBe("forged");
    expect(ask({ secrets: ["other"] })).toBe("forged");
    expect(ask({ secrets: [] })).toBe("forged");
    for (const wrong of [
      null,
      "",
      "t=1",
      "v1=00",
      "t=1,t=2,v1=00",
      `${header},t=5`,
      "x".repeat(5_000),
    ]) {
      expect(ask({ header: wrong }), String(wrong)).toBe("unsigned");
    }
  });

  test("verifyWebhook never takes a text that was not signed, and never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 90 }), (body, text) => {
        expect(verifyWebhook({ header: text, body, secrets: ["s"], nowMs: NOW }).kind).not.toBe(
          "genuine",
        );
        const signed = signWebhook("s", body, NOW);
        expect(verifyWebhook({ header: signed, body, secrets: ["s"], nowMs: NOW }).kind).toBe(
          "genuine",
        );
      }),
    );
  });
});
