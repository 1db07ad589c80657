/** Calls that were sent, as a workload for a replay: sizes as the simulator billed them. */
import type Anthropic from "@anthropic-ai/sdk";
import { instant } from "../../../src/base/index.ts";
import {
  createPrefixTreeBuilder,
  NO_NODE,
  type PlaceKind,
  type PrefixTreeBuilder,
  type Workload,
} from "../../../src/domain/prompt-cache/index.ts";
import type { SentCall } from "./agent-traffic.ts";

type Block = { readonly key: string; readonly bytes: number; readonly kind: PlaceKind };

export function workloadOf(calls: readonly SentCall[]): Workload {
  const builder = createPrefixTreeBuilder();
  const nodes = new Map<string, number>();
  const requests = calls.map((call, index) => {
    const leaf = addPrompt({ builder, nodes, call, index });
    return {
      leaf,
      tailTokens: 0,
      startMs: instant(call.atMs),
      responseBeginMs: instant(call.atMs),
      endMs: instant(call.atMs),
      ending: call.stopReason === "tool_use" ? ("tool_use" as const) : ("end_turn" as const),
      session: "",
      agent: null,
      outputTokens: call.usage.output_tokens,
      markersSent: null,
    };
  });
  return { name: "agents", tree: builder.finish(), requests, assumptions: [] };
}

type Addition = {
  readonly builder: PrefixTreeBuilder;
  readonly nodes: Map<string, number>;
  readonly call: SentCall;
  readonly index: number;
};

/** What is new of a prompt is as long as its billed length grew, shared out by bytes. */
function addPrompt({ builder, nodes, call, index }: Addition): number {
  let key = "";
  let node: number = NO_NODE;
  let known = 0;
  const fresh: { readonly key: string; readonly block: Block }[] = [];
  for (const block of blocksOf(call.body)) {
    key = `${key}/${block.key}`;
    const found = nodes.get(key);
    if (found === undefined) fresh.push({ key, block });
    else {
      node = found;
      known += builder.tokensOf(found);
    }
  }
  const bytes = fresh.reduce((sum, { block }) => sum + block.bytes, 0);
  const grown = promptTokens(call.usage) - known;
  for (const { key: path, block } of fresh) {
    node = builder.add({
      parent: node,
      tokens: (grown * block.bytes) / bytes,
      kind: block.kind,
      markable: true,
      firstSeenBy: index,
    });
    nodes.set(path, node);
  }
  return node;
}

export function promptTokens(usage: Anthropic.Usage): number {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage;
  return input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0);
}

function blocksOf(body: Anthropic.MessageCreateParams): readonly Block[] {
  const block = (value: unknown, kind: PlaceKind): Block => {
    const key = JSON.stringify(value);
    return { key, bytes: key.length, kind };
  };
  const tools = (body.tools ?? []).map((tool) => block(tool, "tools"));
  const messages = body.messages.flatMap(({ role, content }) => {
    if (typeof content === "string") return [block(content, "user_text")];
    return content.map((part) => {
      if (part.type === "tool_use" || part.type === "tool_result") return block(part, part.type);
      return block(part, role === "assistant" ? "assistant" : "user_text");
    });
  });
  return [...tools, block(body.system, "system"), ...messages];
}
