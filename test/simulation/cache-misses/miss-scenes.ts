/** One scene for each class of miss: traffic that a client would send, and what must be said of it. */
import type { JsonObject } from "../../../src/base/index.ts";
import type { MissCause } from "../../../src/domain/prompt-cache/index.ts";

export type SceneCall = {
  readonly body: JsonObject;
  /** Virtual time before the call. */
  readonly afterMs?: number;
  /** Another API key than the usual one. */
  readonly key?: string;
  /** Sent together with the call before it, whose response has not begun. */
  readonly together?: boolean;
};

export type Scene = {
  readonly cause: MissCause;
  /** Where several scenes have one cause. */
  readonly variant?: string;
  readonly calls: readonly SceneCall[];
  /** What the evidence must say, besides the exchange. */
  readonly evidence?: {
    readonly block?: number;
    readonly message?: number | null;
    readonly offset?: number;
    readonly length?: number;
    readonly expired_by_ms?: number;
  };
};

export const MODEL = "claude-opus-5-5";
const OTHER_MODEL = "claude-sonnet-5-5";
const FAST_MODEL = "claude-fable-5-2";
const FORCED_TOOLS_MODEL = "claude-haiku-5-5";
/** A key of another workspace of the simulator. */
export const OTHER_WORKSPACE_KEY = "sk-ant-other";

const RULES = "Keep the log in order, name the cargo, and answer in one line. ".repeat(120);
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

const TOOLS: readonly JsonObject[] = ["read_log", "write_log", "call_port"].map((name) => ({
  name,
  description: `${name}: ${RULES.slice(0, 900)}`,
  input_schema: { type: "object", properties: { entry: { type: "string" } } },
}));

const marked = (text: string, ttl: "5m" | "1h" = "5m"): JsonObject => ({
  type: "text",
  text,
  cache_control: { type: "ephemeral", ttl },
});
const plain = (text: string): JsonObject => ({ type: "text", text });
const user = (...content: readonly JsonObject[]): JsonObject => ({
  role: "user",
  content: [...content],
});
const assistant = (text: string): JsonObject => ({ role: "assistant", content: text });

/** Words of a turn, long enough to be worth a cache. */
const words = (turn: number): string =>
  `Turn ${turn}: ${"what do we load in the next port, and for whom? ".repeat(40)}`;

/** The messages of a conversation after so many turns, its last one marked. */
function talk(turns: number, ttl: "5m" | "1h" | null = "5m"): readonly JsonObject[] {
  const messages: JsonObject[] = [];
  for (let turn = 1; turn < turns; turn += 1) {
    messages.push(user(plain(words(turn))), assistant(`Salt, for turn ${turn}.`));
  }
  const last = words(turns);
  return [...messages, user(ttl === null ? plain(last) : marked(last, ttl))];
}

/** `name` keeps the scenes from sharing anything. */
function request(name: string, changes: JsonObject = {}): JsonObject {
  return {
    model: MODEL,
    max_tokens: 64,
    tools: [...TOOLS],
    system: [plain(`Scene ${name}. ${RULES}`)],
    messages: [...talk(1)],
    ...changes,
  };
}

/** A first turn and a second one half a minute later, the second changed in one point. */
function twoTurns(name: string, changes: JsonObject, both: JsonObject = {}): readonly SceneCall[] {
  return [
    { body: request(name, both) },
    {
      body: request(name, { messages: [...talk(2)], ...both, ...changes }),
      afterMs: 30 * SECOND_MS,
    },
  ];
}

const HEAD = `Scene of the bridge — ${RULES}`;
const HEAD_BYTES = Buffer.byteLength(HEAD);

/** The system text holds a value that is another at the second turn. */
function systemScene(cause: MissCause, variant: string, first: string, second: string): Scene {
  const system = (value: string): JsonObject => ({
    system: [plain(`${variant}. ${RULES}`), plain(`${HEAD}${value} Be brief.`)],
  });
  return {
    cause,
    variant,
    calls: twoTurns(variant, system(second), system(first)),
    evidence: {
      block: TOOLS.length + 1,
      message: null,
      offset: HEAD_BYTES,
      length: Buffer.byteLength(second),
    },
  };
}

const [READ, WRITE, CALL] = TOOLS as readonly [JsonObject, JsonObject, JsonObject];
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const IMAGE: JsonObject = {
  type: "image",
  source: { type: "base64", media_type: "image/png", data: PIXEL },
};

/** So many short blocks that the last marker cannot see the one before. */
function longTurn(): readonly JsonObject[] {
  const blocks = Array.from({ length: 30 }, (_, index) => plain(`Note ${index}: rope and salt.`));
  return [...talk(1, null), assistant("Noted."), user(...blocks, marked("And now?"))];
}

export const SCENES: readonly Scene[] = [
  { cause: "model-changed", calls: twoTurns("model", { model: OTHER_MODEL }) },
  {
    cause: "speed-changed",
    calls: twoTurns("speed", { speed: "fast" }, { model: FAST_MODEL }),
  },
  {
    cause: "tool-edited",
    calls: twoTurns("edited tool", { tools: [READ, { ...WRITE, description: "Writes." }, CALL] }),
    evidence: { block: 1 },
  },
  {
    cause: "tool-added",
    calls: twoTurns("added tool", { tools: [...TOOLS, { ...READ, name: "sound_horn" }] }),
    evidence: { block: 3 },
  },
  {
    cause: "tool-removed",
    calls: twoTurns("removed tool", { tools: [READ, CALL] }),
    evidence: { block: 1 },
  },
  {
    cause: "tools-reordered",
    calls: twoTurns("tool order", { tools: [CALL, READ, WRITE] }),
    evidence: { block: 0 },
  },
  systemScene("system-timestamp", "iso", "2026-11-22T10:00:00Z", "2026-11-22T10:00:30Z"),
  systemScene("system-timestamp", "clock", "10:00:59", "10:01:00"),
  systemScene("system-date", "date", "2026-11-22", "2026-11-23"),
  systemScene(
    "system-uuid",
    "uuid",
    "0d9a3f0e-51b2-4c39-8f4e-0a1b2c3d4e5f",
    "7c1b8a55-9f0d-4e7a-b1aa-9a8b7c6d5e4f",
  ),
  systemScene("system-counter", "counter", "17", "18"),
  systemScene("system-nonce", "nonce", "q8Zt02LmWqAx", "R7sPe91XcVbu"),
  {
    cause: "system-text",
    calls: twoTurns(
      "words",
      { system: [plain(`Scene words. ${RULES}Answer in verse.`)] },
      {
        system: [plain(`Scene words. ${RULES}Answer at length.`)],
      },
    ),
    evidence: { block: 3, message: null },
  },
  { cause: "tool-choice-changed", calls: twoTurns("choice", { tool_choice: { type: "none" } }) },
  {
    cause: "tool-choice-changed",
    variant: "another forced tool",
    calls: twoTurns(
      "forced",
      { tool_choice: { type: "tool", name: "write_log" } },
      { tool_choice: { type: "tool", name: "read_log" }, model: FORCED_TOOLS_MODEL },
    ),
  },
  {
    cause: "thinking-changed",
    calls: twoTurns("thinking", { thinking: { type: "adaptive" } }),
  },
  { cause: "effort-changed", calls: twoTurns("effort", { output_config: { effort: "low" } }) },
  {
    cause: "images-changed",
    calls: twoTurns("images", {
      messages: [...talk(1, null), assistant("Aye."), user(IMAGE, marked("What is this?"))],
    }),
  },
  {
    cause: "history-edited",
    calls: [
      { body: request("history", { messages: [...talk(3)] }) },
      {
        body: request("history", {
          messages: [
            user(plain(words(1))),
            assistant("Salt; the rest is struck out."),
            ...talk(4).slice(2),
          ],
        }),
        afterMs: 20 * SECOND_MS,
      },
    ],
    evidence: { message: 1, offset: 4 },
  },
  {
    cause: "history-edited",
    variant: "the oldest turn was dropped",
    calls: [
      { body: request("window", { messages: [...talk(4)] }) },
      { body: request("window", { messages: [...talk(5).slice(2)] }), afterMs: 20 * SECOND_MS },
    ],
    evidence: { message: 0 },
  },
  {
    cause: "lookback-overrun",
    calls: [
      { body: request("lookback") },
      { body: request("lookback", { messages: [...longTurn()] }), afterMs: 20 * SECOND_MS },
    ],
  },
  {
    cause: "expired",
    calls: [
      { body: request("expired") },
      { body: request("expired", { messages: [...talk(2)] }), afterMs: 12 * MINUTE_MS },
    ],
    evidence: { expired_by_ms: 7 * MINUTE_MS },
  },
  {
    cause: "too-short",
    calls: ["first", "second", "third"].map((word) => ({
      body: {
        model: MODEL,
        max_tokens: 64,
        system: [marked("Scene short. Answer in one line.")],
        messages: [user(plain(`The ${word} question.`))],
      },
      afterMs: 10 * SECOND_MS,
    })),
  },
  {
    cause: "never-marked",
    calls: [1, 2, 3].map((turn) => ({
      body: request("unmarked", { messages: [...talk(turn, null)] }),
      afterMs: 30 * SECOND_MS,
    })),
  },
  {
    cause: "written-never-read",
    variant: "once and never again",
    calls: [{ body: request("one shot") }],
  },
  {
    cause: "written-never-read",
    variant: "marked behind what is shared",
    calls: [1, 2, 3].map((turn) => ({
      body: request("unique tails", {
        cache_control: { type: "ephemeral" },
        messages: [user(plain(`Question ${turn}: how much rope is left?`))],
      }),
      afterMs: 30 * SECOND_MS,
    })),
  },
  {
    cause: "lifetime-too-long",
    calls: [1, 2, 3].map((turn) => ({
      body: request("hour", { messages: [...talk(turn, "1h")] }),
      afterMs: 30 * SECOND_MS,
    })),
  },
  {
    cause: "stampede",
    calls: [{ body: request("stampede") }, { body: request("stampede"), together: true }],
  },
  {
    cause: "unexplained",
    variant: "another workspace has a cache of its own",
    calls: [
      { body: request("workspace") },
      { body: request("workspace"), key: OTHER_WORKSPACE_KEY, afterMs: 30 * SECOND_MS },
    ],
  },
];
