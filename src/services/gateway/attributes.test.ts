import { describe, expect, test } from "vitest";
import type { KeyGrant } from "./access/index.ts";
import { attribute } from "./attributes.ts";

const LIMITS = { labelBytesMax: 64, tagCountMax: 3 };
const ACCOUNT = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SESSION = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

function attributed(
  headers: Readonly<Record<string, string>>,
  metadataUserId: string | null = null,
  grant: KeyGrant | null = null,
) {
  const headersRead = new Map(Object.entries(headers));
  const caller = { key: grant?.id ?? null, credential: null, grant };
  return attribute({ caller, headers: headersRead, metadataUserId, limits: LIMITS });
}

const GRANT: KeyGrant = {
  id: "vk_1",
  user: null,
  team: "care",
  userType: null,
  tags: { plan: "free" },
  mayOverride: false,
  permissions: { models: null, endpoints: new Set(["chat"]) },
  endpoint: "chat",
  limits: {},
};
const CLAIMS = {
  "x-purser-team": "search",
  "x-purser-user": "farah",
  "x-purser-tags": "plan=paid, step=2",
};

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

  test("attribute puts a virtual key's own labels before the client's, and leaves it the rest", () => {
    const { attributes } = attributed(CLAIMS, "someone", GRANT);
    expect(attributes).toMatchObject({ key: "vk_1", team: "care", user: "farah", userType: null });
    expect(attributes.tags).toEqual({ plan: "free", step: "2" });
    const owned = attributed(CLAIMS, "someone", { ...GRANT, user: "dana" });
    expect(owned.attributes.user).toBe("dana");
  });

  test("attribute lets a client's own labels stand where the key lets it, but no metadata", () => {
    const grant = { ...GRANT, user: "dana", mayOverride: true };
    const { attributes } = attributed(CLAIMS, "someone", grant);
    expect(attributes).toMatchObject({ team: "search", user: "farah" });
    expect(attributes.tags).toEqual({ plan: "paid", step: "2" });
    expect(attributed({}, "someone", grant).attributes).toMatchObject({
      team: "care",
      user: "dana",
    });
  });

  test("attribute takes the endpoint of a key that is for one only, where the client names none", () => {
    expect(attributed({}, null, GRANT).attributes.endpoint).toBe("chat");
    expect(attributed({ "x-purser-endpoint": "x" }, null, GRANT).attributes.endpoint).toBe("x");
  });
});
