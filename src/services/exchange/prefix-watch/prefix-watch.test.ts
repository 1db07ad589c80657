import { describe, expect, test } from "vitest";
import type { ExchangeId, JsonObject } from "../../../base/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import { createPromptTree } from "../index.ts";
import { readRequest } from "../open-exchange.ts";
import { createPrefixWatch } from "./prefix-watch.ts";

const NOBODY: Attributes = {
  key: "k",
  user: null,
  userType: null,
  team: null,
  endpoint: null,
  session: null,
  tags: {},
  client: null,
};
const LONG = "Rules of the house. ".repeat(200);
const TOOLS = ["read", "write", "run"].map((name) => ({ name, input_schema: { type: "object" } }));

/** One installation: prompts go in, breaks come out. */
function watcher() {
  const tree = createPromptTree(new Uint8Array(32));
  let count = 0;
  return (body: JsonObject, attributes: Partial<Attributes> = {}) => {
    count += 1;
    const request = readRequest(
      Buffer.from(JSON.stringify({ model: "claude-sonnet-5-5", max_tokens: 1, ...body })),
      { apiVersion: null, betas: [] },
    );
    const path = tree.place(request);
    const exchange = `ex_${count}` as ExchangeId;
    const found = tree.breakOf({
      exchange,
      attributes: { ...NOBODY, ...attributes },
      request,
      path,
    });
    tree.remember(path);
    return found;
  };
}

const user = (text: string) => ({ role: "user", content: text });
const assistant = (text: string) => ({ role: "assistant", content: text });
const talk = [user("first"), assistant("second"), user("third")];

describe("breakOf", () => {
  test("breakOf says nothing of a conversation that goes on, is sent again or is wound back", () => {
    const see = watcher();
    const more = [...talk, assistant("fourth"), user("fifth")];
    expect(see({ system: LONG, messages: talk })).toBeNull();
    expect(see({ system: LONG, messages: more })).toBeNull();
    expect(see({ system: LONG, messages: more })).toBeNull();
    expect(see({ system: LONG, messages: talk })).toBeNull();
  });

  test("breakOf names a time in the system text with its block and offset", () => {
    const see = watcher();
    const system = (time: string) => [
      { type: "text", text: "Prologue é" },
      { type: "text", text: `${LONG}Now it is ${time}. Be brief.` },
    ];
    see({ tools: TOOLS, system: system("2026-11-22T10:00:00Z"), messages: talk });
    expect(see({ tools: TOOLS, system: system("2026-11-22T10:00:07Z"), messages: talk })).toEqual({
      against: "ex_1",
      section: "system",
      change: "timestamp",
      block: 4,
      message: null,
      offset: LONG.length + 10,
      length: 20,
    });
  });

  test("breakOf tells tools that were edited, added, removed and moved", () => {
    const change = (tools: readonly JsonObject[]) => {
      const see = watcher();
      see({ tools: TOOLS, system: LONG, messages: talk });
      const found = see({ tools: [...tools], system: LONG, messages: talk });
      return [found?.section, found?.change, found?.block];
    };
    const [read, write, run] = TOOLS;
    if (read === undefined || write === undefined || run === undefined) throw new Error("tools");
    expect(change([read, { ...write, description: "more" }, run])).toEqual(["tools", "edited", 1]);
    expect(change([read, { ...write, name: "new" }, write, run])).toEqual(["tools", "added", 1]);
    expect(change([...TOOLS, { ...run, name: "new" }])).toEqual(["tools", "added", 3]);
    expect(change([read, run])).toEqual(["tools", "removed", 1]);
    expect(change([read, write])).toEqual(["tools", "removed", 2]);
    expect(change([run, write, read])).toEqual(["tools", "reordered", 0]);
  });

  test("breakOf names the message of an edited history", () => {
    const see = watcher();
    see({ system: LONG, messages: talk });
    const edited = [user("first"), assistant("2nd"), user("third"), assistant("4"), user("5")];
    const found = see({ system: LONG, messages: edited });
    expect([found?.section, found?.message, found?.offset]).toEqual(["messages", 1, 0]);
    const dropped = watcher();
    dropped({ system: LONG, messages: talk });
    const shorter = dropped({ system: LONG, messages: [user("third"), assistant("4"), user("5")] });
    expect([shorter?.section, shorter?.change, shorter?.message]).toEqual([
      "messages",
      "removed",
      0,
    ]);
  });

  test("breakOf takes another conversation under the same system text for no break", () => {
    const see = watcher();
    see({ system: LONG, messages: talk });
    expect(see({ system: LONG, messages: [user("something else")] })).toBeNull();
  });

  test("breakOf keeps sessions apart, and agents of one session too", () => {
    const see = watcher();
    see({ system: `${LONG}1`, messages: talk }, { session: "a" });
    expect(see({ system: `${LONG}2`, messages: talk }, { session: "b" })).toBeNull();
    const main = { system: `main ${LONG}`, messages: talk };
    const helper = {
      system: `helper, who has other rules ${"x".repeat(999)}`,
      messages: [user("go")],
    };
    const other = watcher();
    other(main, { session: "s" });
    expect(other(helper, { session: "s" })).toBeNull();
    expect(
      other({ ...main, messages: [...talk, assistant("4"), user("5")] }, { session: "s" }),
    ).toBeNull();
  });
});

describe("createPrefixWatch", () => {
  test("createPrefixWatch never holds more than its limits", () => {
    const limits = {
      lineagesMax: 5,
      promptsPerLineageMax: 2,
      bytesMax: 20_000,
      promptBytesMax: 9_000,
      blockBytesMax: 3_000,
    };
    const watch = createPrefixWatch(limits);
    const tree = createPromptTree(new Uint8Array(32));
    for (let index = 0; index < 300; index += 1) {
      const body = {
        model: "m",
        messages: [user("x".repeat((index * 97) % 4_000)), user(`${index}`)],
      };
      const request = readRequest(Buffer.from(JSON.stringify(body)), {
        apiVersion: null,
        betas: [],
      });
      const path = tree.place(request);
      if (path === null || request.kind === "unreadable") throw new Error("not a request");
      watch.see({
        exchange: `ex_${index}` as ExchangeId,
        attributes: { ...NOBODY, user: null, key: `k${index % 9}` },
        path,
        blocks: request.blocks(),
        fingerprints: path.blocks.map((block) => block.fingerprint),
      });
      expect(watch.heldBytes()).toBeLessThanOrEqual(limits.bytesMax);
    }
    expect(watch.heldBytes()).toBeGreaterThan(0);
  });
});
