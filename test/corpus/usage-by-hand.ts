/**
 * What a recorded answer used, read by a second hand: a few lines that share nothing with the product.
 */
export type PlainUsage = {
  readonly model: string | null;
  readonly input: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
  readonly output: number;
  readonly searches: number;
  readonly iterations: readonly Record<string, unknown>[];
  readonly words: Record<string, unknown>;
};

type Json = Record<string, unknown>;

/** Splits a stream at its blank lines, and lets the last figure of each field stand. */
export function streamByHand(text: string): {
  readonly model: string | null;
  readonly usage: Json;
} {
  let usage: Json = {};
  let model: string | null = null;
  for (const block of text.split(/\r?\n\r?\n/)) {
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    const event = parse(data);
    const message = event?.message as Json | undefined;
    if (event?.type === "message_start") model = (message?.model as string | undefined) ?? null;
    const news = (message?.usage ?? event?.usage ?? {}) as Json;
    const said = Object.entries(news).filter(([key, value]) => value !== null || !(key in usage));
    usage = { ...usage, ...Object.fromEntries(said) };
  }
  return { model, usage };
}

export function plainUsage(model: string | null, usage: Json): PlainUsage {
  const split = (usage.cache_creation ?? {}) as Record<string, number | undefined>;
  const write1h = split.ephemeral_1h_input_tokens ?? 0;
  const written = (usage.cache_creation_input_tokens as number | null | undefined) ?? 0;
  const tools = (usage.server_tool_use ?? {}) as Record<string, number | undefined>;
  return {
    model,
    input: (usage.input_tokens as number | null | undefined) ?? 0,
    write5m: Math.max(written - write1h, split.ephemeral_5m_input_tokens ?? 0),
    write1h,
    read: (usage.cache_read_input_tokens as number | null | undefined) ?? 0,
    output: (usage.output_tokens as number | null | undefined) ?? 0,
    searches: tools.web_search_requests ?? 0,
    iterations: (usage.iterations as Json[] | null | undefined) ?? [],
    words: usage,
  };
}

function parse(data: string | undefined): Json | null {
  try {
    return data === undefined ? null : (JSON.parse(data) as Json);
  } catch {
    return null;
  }
}
