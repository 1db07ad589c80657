import { describe, expect, test } from "vitest";
import { attribute, identifyCaller } from "./attributes.ts";

const LIMITS = { labelBytesMax: 64, tagCountMax: 3 };
const ACCOUNT = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SESSION = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

function attributed(
  headers: Readonly<Record<string, string>>,
  metadataUserId: string | null = null,
) {
  const given = new Map(Object.entries(headers));
  return attribute({ caller: { key: null }, headers: given, metadataUserId, limits: LIMITS });
}

describe("attribute", () => {
  test("attribute takes the caller's own labels before the request's metadata", () => {
    const { attributes } = attributed({ "x-purser-user": "farah" }, "someone");
    expect(attributes.user).toBe("farah");
    expect(attributed({}, "someone").attributes.user).toBe("someone");
  });

  test("attribute takes apart what older Claude Code packs into metadata.user_id", () => {
    const { attributes } = attributed(
      {},
      `user_${"ab".repeat(32)}_account_${ACCOUNT}_session_${SESSION}`,
    );
    expect(attributes).toMatchObject({ user: ACCOUNT, session: SESSION });
    const without = attributed({}, `user_abcd_account__session_${SESSION}`);
    expect(without.attributes).toMatchObject({ user: "abcd", session: SESSION });
  });

  test("attribute takes apart what newer Claude Code packs into metadata.user_id as JSON", () => {
    const packed = JSON.stringify({ device_id: "d1", account_uuid: ACCOUNT, session_id: SESSION });
    expect(attributed({}, packed).attributes).toMatchObject({ user: ACCOUNT, session: SESSION });
    const header = attributed({ "x-claude-code-session-id": "s2" }, packed);
    expect(header.attributes.session).toBe("s2");
  });

  test.each([
    ["claude-cli/2.1.330 (external, cli)", "claude-cli/2.1.330"],
    ["Anthropic/JS 1.12.0", "Anthropic/JS 1.12.0"],
    ["curl/8.5.0", "curl/8.5.0"],
    ["Mozilla/5.0 (X11; Linux)", "Mozilla/5.0"],
    ["nothing that names a product", null],
  ])("attribute reads the client from the user agent %s", (userAgent, client) => {
    expect(attributed({ "user-agent": userAgent }).attributes.client).toBe(client);
  });

  test("attribute keeps at most so many tags, and counts what it drops", () => {
    const { attributes, dropped } = attributed({
      "x-purser-tags": "a=1, b=2, c=3, d=4, b=5, =6, e=",
    });
    expect(attributes.tags).toEqual({ a: "1", b: "2", c: "3" });
    expect(dropped).toHaveLength(4);
  });
});

describe("identifyCaller", () => {
  test("identifyCaller gives the same fingerprint for a key, however it is sent, and none without", () => {
    const byHeader = identifyCaller(new Map([["x-api-key", "k1"]]), "secret");
    const byBearer = identifyCaller(new Map([["authorization", "Bearer k1"]]), "secret");
    expect(byHeader.key).toMatch(/^key_[0-9a-f]{16}$/);
    expect(byBearer).toEqual(byHeader);
    expect(identifyCaller(new Map([["x-api-key", "k1"]]), "other").key).not.toBe(byHeader.key);
    expect(identifyCaller(new Map(), "secret").key).toBeNull();
  });
});
