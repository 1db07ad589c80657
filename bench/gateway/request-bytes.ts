/** The request that every target is sent: a Messages call with a prompt of a given size. */

export type RequestShape = {
  readonly path: string;
  readonly promptBytes: number;
  readonly stream: boolean;
  readonly headers: Readonly<Record<string, string>>;
};

const WORDS =
  "the purser counts every coin and writes it down before the ship may leave the harbour ";

export function requestBytes(shape: RequestShape): Buffer {
  const prompt = WORDS.repeat(Math.ceil(shape.promptBytes / WORDS.length)).slice(
    0,
    shape.promptBytes,
  );
  const body = JSON.stringify({
    model: "claude-sonnet-5-5",
    max_tokens: 1024,
    ...(shape.stream ? { stream: true } : {}),
    system: [
      { type: "text", text: "You keep a ship's books.", cache_control: { type: "ephemeral" } },
    ],
    messages: [{ role: "user", content: prompt }],
  });
  const headers = {
    host: "127.0.0.1",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "anthropic-version": "2023-06-01",
    "x-api-key": "sk-bench-0000",
    "user-agent": "purser-bench/1",
    ...shape.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${shape.path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
