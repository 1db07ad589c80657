/** The first generations: Claude 2 with its price, Claude 1 and Instant known without one. */
import type { ModelFacts } from "../model-facts.ts";
import { modelId, price, rates } from "./build-facts.ts";

const LINE = {
  aliases: [],
  partnerIds: [],
  family: "claude-2",
  status: "retired",
  outputTokensMax: 4_096,
  minimumCacheableTokens: null,
  tokenizer: "claude-2",
  notes: [],
} as const satisfies Partial<ModelFacts>;

const CLAUDE_2_RATES = rates("8", "24", null, null, null);
const SOURCE = "genai-prices 0.1.8";

function withoutPrice(id: string, displayName: string, partnerIds: readonly string[]): ModelFacts {
  return {
    ...LINE,
    id: modelId(id),
    partnerIds,
    displayName,
    released: null,
    retires: "2024-11-06",
    contextTokensMax: 100_000,
    prices: [],
    notes: ["known, and not priced here"],
  };
}

export const CLAUDE_1_AND_2: readonly ModelFacts[] = [
  {
    ...LINE,
    id: modelId("claude-2.1"),
    partnerIds: ["anthropic.claude-v2:1"],
    displayName: "Claude 2.1",
    released: "2023-11-21",
    retires: "2025-07-21",
    contextTokensMax: 200_000,
    prices: [price({ from: "2023-11-21", standard: CLAUDE_2_RATES, batch: false, source: SOURCE })],
  },
  {
    ...LINE,
    id: modelId("claude-2.0"),
    partnerIds: ["anthropic.claude-v2"],
    displayName: "Claude 2.0",
    released: "2023-07-11",
    retires: "2025-07-21",
    contextTokensMax: 100_000,
    prices: [price({ from: "2023-07-11", standard: CLAUDE_2_RATES, batch: false, source: SOURCE })],
  },
  withoutPrice("claude-1.0", "Claude 1.0", []),
  withoutPrice("claude-1.1", "Claude 1.1", []),
  withoutPrice("claude-1.2", "Claude 1.2", []),
  withoutPrice("claude-1.3", "Claude 1.3", ["anthropic.claude-v1"]),
  withoutPrice("claude-instant-1.0", "Claude Instant 1.0", []),
  withoutPrice("claude-instant-1.1", "Claude Instant 1.1", []),
  withoutPrice("claude-instant-1.2", "Claude Instant 1.2", ["anthropic.claude-instant-v1"]),
];
