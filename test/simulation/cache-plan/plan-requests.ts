/** Requests of the shapes that a plan meets, with what the plan should say of each. */
import type Anthropic from "@anthropic-ai/sdk";

export type PlanCase = {
  readonly name: string;
  readonly request: Anthropic.MessageCreateParamsNonStreaming;
  readonly callsPerMonth: number;
  /** Markers in prompt order: JSON pointer in the edited request, lifetime. */
  readonly markers: readonly (readonly [string, "5m" | "1h"])[];
  readonly moved: boolean;
  /** Whether it saves anything against the request as it is sent. */
  readonly saves: boolean;
};

const POLICIES = "Every refund needs a receipt and a reason, and is written down. ".repeat(300);
const NOW = "The current time is 2026-11-22T10:11:12Z.";
const TRACE = "Request id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301";

const tool = (name: string): Anthropic.Tool => ({
  name,
  description: `Looks up one ${name} by its number and gives all that is known of it. `.repeat(20),
  input_schema: { type: "object", properties: { number: { type: "string" } } },
});

const TOOLS = [tool("order"), tool("customer"), tool("parcel")];
const QUESTION = { role: "user", content: "Where is parcel 12?" } as const;

/** A tool loop whose last turn is a result. */
const LOOP: Anthropic.MessageParam[] = [
  QUESTION,
  {
    role: "assistant",
    content: [{ type: "tool_use", id: "toolu_1", name: "parcel", input: { number: "12" } }],
  },
  {
    role: "user",
    content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "On its way. ".repeat(300) }],
  },
];

const BASE = { model: "claude-opus-5", max_tokens: 32 } as const;

export const PLAN_CASES: readonly PlanCase[] = [
  {
    name: "a system prompt given as text, many calls, one-shot questions",
    request: { ...BASE, system: POLICIES, messages: [QUESTION] },
    callsPerMonth: 50_000,
    markers: [["/system", "1h"]],
    moved: false,
    saves: true,
  },
  {
    name: "tools and system with a time and an id, many calls",
    request: {
      ...BASE,
      tools: TOOLS,
      system: `You help customers.\n${NOW}\n${TRACE}\n${POLICIES}`,
      messages: LOOP,
    },
    callsPerMonth: 50_000,
    markers: [
      ["/system", "1h"],
      ["/messages/2/content/0", "5m"],
    ],
    moved: true,
    saves: true,
  },
  {
    name: "a system list whose last block is the time, a conversation in texts",
    request: {
      ...BASE,
      system: [
        { type: "text", text: POLICIES, cache_control: { type: "ephemeral" } },
        { type: "text", text: NOW, cache_control: { type: "ephemeral" } },
      ],
      messages: [QUESTION, { role: "assistant", content: "It left." }, QUESTION],
    },
    callsPerMonth: 100,
    markers: [["/messages/2/content/0", "1h"]],
    moved: true,
    saves: true,
  },
  {
    name: "automatic caching on an agent's first turn, which is as good as the plan",
    request: {
      ...BASE,
      cache_control: { type: "ephemeral" },
      tools: TOOLS,
      messages: [{ role: "user", content: POLICIES }],
    },
    callsPerMonth: 30,
    markers: [["/messages/0/content", "5m"]],
    moved: false,
    saves: false,
  },
];
