import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Instant, instant } from "../../../base/index.ts";
import { formatVirtualKey, KEY_RANDOM_BYTES } from "../../../domain/access/index.ts";
import type { VirtualKey } from "../../../stores/contracts/index.ts";
import { keyDigest } from "../../exchange/index.ts";
import { readRequestHeaders } from "../headers.ts";
import { type AdmissionContext, admit, keyInTarget } from "./admit.ts";
import { compileKeyRing } from "./key-ring.ts";

const NOW = instant(1_800_000_000_000);
const later = (minutes: number): Instant => instant(NOW + minutes * 60_000);
const random = (fill: number) => new Uint8Array(KEY_RANDOM_BYTES).fill(fill);
const PROVIDER_KEY = "sk-ant-of-the-provider";

function key(fill: number, parts: Partial<VirtualKey> = {}): VirtualKey {
  const digest = keyDigest(formatVirtualKey(random(fill))).toString("hex");
  return {
    id: `vk_${fill}`,
    name: `key-${fill}`,
    ...{ owner: null, user: null, team: null, userType: null, tags: {}, mayOverride: false },
    ...{ models: null, endpoints: null, limits: {}, createdAt: NOW },
    ...{ expiresAt: null, revokedAt: null },
    secrets: [{ digest, hint: "", createdAt: NOW, endsAt: null }],
    ...parts,
  };
}

function contextOf(keys: readonly VirtualKey[], parts = {}): AdmissionContext {
  const settings = { passThrough: "allow", upstreamKey: PROVIDER_KEY, ...parts } as const;
  return { keyRing: compileKeyRing(keys), settings, keySecret: "secret" };
}

function ask(context: AdmissionContext, raw: readonly string[], at = NOW) {
  return admit(context, { ...readRequestHeaders(raw), at });
}

describe("admit", () => {
  test("admit gives a client's own key the same fingerprint however it is sent, and touches nothing", () => {
    const raw = ["X-Api-Key", "k1", "accept", "*/*"];
    const byHeader = ask(contextOf([]), raw);
    expect(byHeader).toMatchObject({ kind: "admitted", headers: raw, caller: { grant: null } });
    const byBearer = ask(contextOf([]), ["authorization", "Bearer k1"]);
    const keyOf = (admission: typeof byHeader) =>
      admission.kind === "admitted" ? admission.caller.key : undefined;
    expect(keyOf(byHeader)).toMatch(/^key_[0-9a-f]{16}$/);
    expect(keyOf(byBearer)).toBe(keyOf(byHeader));
    expect(keyOf(ask({ ...contextOf([]), keySecret: "other" }, raw))).not.toBe(keyOf(byHeader));
    expect(keyOf(ask(contextOf([]), []))).toBeNull();
  });

  test.each(["x-api-key", "authorization"])(
    "admit puts the provider's key in the place of a virtual one in %s, and drops other credentials",
    (name) => {
      const text = formatVirtualKey(random(1));
      const value = name === "authorization" ? `Bearer ${text}` : text;
      const other = name === "authorization" ? "X-Api-Key" : "Authorization";
      const admission = ask(contextOf([key(1)]), ["a", "1", name, value, "b", "2", other, "own"]);
      expect(admission).toMatchObject({
        kind: "admitted",
        caller: { key: "vk_1" },
        headers: ["a", "1", "x-api-key", PROVIDER_KEY, "b", "2"],
      });
    },
  );

  test("admit answers the same to an unknown, a revoked, an expired and a rotated-out key", () => {
    const [first] = key(4).secrets;
    const keys = [
      key(2, { revokedAt: NOW }),
      key(3, { expiresAt: NOW }),
      key(4, { secrets: first === undefined ? [] : [{ ...first, endsAt: NOW }] }),
    ];
    const answers = [1, 2, 3, 4].map((fill) =>
      ask(contextOf(keys), ["x-api-key", formatVirtualKey(random(fill))]),
    );
    expect(answers[0]).toMatchObject({ kind: "refused", code: "GATEWAY_KEY_REFUSED" });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test("admit takes a key until the moment at which it ends", () => {
    const raw = ["x-api-key", formatVirtualKey(random(3))];
    const context = contextOf([key(3, { expiresAt: later(10) })]);
    expect(ask(context, raw, instant(later(10) - 1)).kind).toBe("admitted");
    expect(ask(context, raw, later(10)).kind).toBe("refused");
  });

  test("admit refuses what begins as a virtual key and is none, and never forwards it", () => {
    const text = formatVirtualKey(random(1));
    const swapped = `${text.slice(0, -2)}${text.slice(-1)}${text.slice(-2, -1)}x`;
    const wrongs = ["purser_", text.slice(0, -1), `${text}, ${text}`, text.toUpperCase(), swapped];
    for (const wrong of [...wrongs, `sk-own, ${text}`, ` Bearer ${text}`]) {
      const admission = ask(contextOf([key(1)]), ["x-api-key", wrong]);
      expect(admission).toMatchObject({ kind: "refused", code: "GATEWAY_KEY_MALFORMED" });
    }
  });

  test("admit says when there is no key of the provider, and to a caller with a good key only", () => {
    const context = contextOf([key(1)], { upstreamKey: null });
    const code = (fill: number) => {
      const admission = ask(context, ["x-api-key", formatVirtualKey(random(fill))]);
      return admission.kind === "refused" ? admission.code : null;
    };
    expect(code(1)).toBe("GATEWAY_UPSTREAM_KEY_MISSING");
    expect(code(2)).toBe("GATEWAY_KEY_REFUSED");
  });

  test("admit refuses a client's own key, and none, where only virtual keys may pass", () => {
    const context = contextOf([key(1)], { passThrough: "refuse" });
    for (const raw of [["x-api-key", "sk-ant-own"], []]) {
      expect(ask(context, raw)).toMatchObject({ code: "GATEWAY_KEY_REQUIRED" });
    }
    expect(ask(context, ["x-api-key", formatVirtualKey(random(1))]).kind).toBe("admitted");
  });

  test("admit never lets a credential of the client through beside a virtual key", () => {
    const text = formatVirtualKey(random(1));
    const lines = fc.array(
      fc.tuple(
        fc.constantFrom("x-api-key", "X-API-KEY", "Authorization", "authorization", "accept"),
        fc.constantFrom("sk-own", `Bearer ${text}`, "Bearer own", text),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(lines, (extra) => {
        const raw = ["x-api-key", text, ...extra.flat()];
        const admission = ask(contextOf([key(1)]), raw);
        if (admission.kind === "refused") return;
        const credentials = admission.headers.filter((_, index) =>
          /^(x-api-key|authorization)$/i.test(admission.headers[index - (index % 2)] ?? ""),
        );
        expect(credentials).toEqual(["x-api-key", PROVIDER_KEY]);
      }),
    );
  });
});

describe("keyInTarget", () => {
  test.each([
    `/v1/messages?key=${"a".repeat(10)}`,
    "/v1/messages?beta=true&api_key=x",
    `/v1/${formatVirtualKey(random(1))}/messages`,
    "/v1/messages?x=sk-ant-abc",
    "/v1/messages?x=sk%2Dant%2Dabc",
  ])("keyInTarget finds one in %s", (target) => {
    expect(keyInTarget(target)).toBe(true);
  });

  test.each(["/v1/messages", "/v1/messages?beta=true", "/v1/models/my_purser_model", "/v1/a%zz"])(
    "keyInTarget finds none in %s",
    (target) => {
      expect(keyInTarget(target)).toBe(false);
    },
  );
});
