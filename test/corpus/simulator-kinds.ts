/** Calls that make a simulator show every shape it has, kept by kind. */
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import { shapesOf, shapesOfStream } from "./simulator-shapes.ts";

export type Shown = {
  /** Shapes by kind: `message`, `stream`, `error`, `count_tokens`, `models`. */
  readonly shapes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly headers: ReadonlySet<string>;
};

const HEADERS = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
const ASK = {
  model: "claude-opus-4-6",
  max_tokens: 300,
  messages: [{ role: "user", content: "hello" }],
};

export async function showEverything(): Promise<Shown> {
  await using simulator = await startSimulator();
  const shapes = new Map<string, Set<string>>();
  const headers = new Set<string>();
  const show = async (kind: string, path: string, body?: unknown): Promise<void> => {
    const response = await fetch(simulator.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: HEADERS,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    for (const [name] of response.headers) headers.add(name);
    const found = kind === "stream" ? shapesOfStream(text) : shapesOf(JSON.parse(text), "$");
    shapes.set(kind, new Set([...(shapes.get(kind) ?? []), ...found]));
  };
  await showReplies(simulator, (kind, stream) => show(kind, "/v1/messages", { ...ASK, stream }));
  await show("error", "/v1/messages", { ...ASK, model: "claude-nope" });
  await show("error", "/v1/messages", { ...ASK, max_tokens: -1 });
  await show("count_tokens", "/v1/messages/count_tokens", {
    model: ASK.model,
    messages: ASK.messages,
  });
  await show("models", "/v1/models");
  return { shapes, headers };
}

async function showReplies(
  simulator: Simulator,
  show: (kind: string, stream: boolean) => Promise<void>,
): Promise<void> {
  const results = [{ title: "t", url: "https://example.com", text: "x" }];
  const replies = [
    { text: "plain" },
    { thinking: "let me see", text: "done" },
    { toolCalls: [{ name: "look", input: { at: 1 } }] },
    { webSearch: { query: "q", results }, text: "found" },
    { text: "stopped", stopReason: "stop_sequence", stopSequence: "STOP" },
    { refusal: { category: "cyber", explanation: "no" } },
  ];
  for (const reply of replies) {
    const remove = simulator.script([{ reply }]);
    await show("message", false);
    await show("stream", true);
    remove();
  }
}
