/** The Haiku line, Claude 3 to 5.5. */
import type { ModelFacts } from "../model-facts.ts";
import { modelId, price, rates } from "./build-facts.ts";

const DOCS = "Anthropic pricing page, 2026-10-10";

const LINE = {
  aliases: [],
  partnerIds: [],
  family: "haiku",
  retires: null,
  status: "active",
  contextTokensMax: 200_000,
  tokenizer: "claude-3",
  notes: [],
} as const satisfies Partial<ModelFacts>;

export const HAIKU: readonly ModelFacts[] = [
  {
    ...LINE,
    id: modelId("claude-haiku-5-5"),
    displayName: "Claude Haiku 5.5",
    released: "2026-10-07",
    contextTokensMax: 1_000_000,
    outputTokensMax: 128_000,
    minimumCacheableTokens: 512,
    tokenizer: "claude-4.7",
    prices: [
      price({
        from: "2026-10-07",
        standard: rates("0.10", "0.50", "0.125", "0.20", "0.01"),
        steps: [
          { promptTokensOver: 100_000, rates: rates("0.50", "2.50", "0.625", "1.00", "0.05") },
        ],
        inferenceGeoUs: true,
        source: DOCS,
      }),
    ],
    notes: ["a prompt of more than 100,000 tokens pays five times as much on every token"],
  },
  {
    ...LINE,
    id: modelId("claude-haiku-4-5-20251001"),
    aliases: ["claude-haiku-4-5"],
    displayName: "Claude Haiku 4.5",
    released: "2025-10-15",
    outputTokensMax: 64_000,
    minimumCacheableTokens: 4_096,
    prices: [
      price({ from: "2025-10-15", standard: rates("1", "5", "1.25", "2", "0.10"), source: DOCS }),
    ],
  },
  {
    ...LINE,
    id: modelId("claude-3-5-haiku-20241022"),
    aliases: ["claude-3-5-haiku-latest"],
    displayName: "Claude 3.5 Haiku",
    released: "2024-10-22",
    retires: "2026-02-19",
    status: "retired",
    outputTokensMax: 8_192,
    minimumCacheableTokens: 2_048,
    prices: [
      price({
        from: "2024-10-22",
        standard: rates("0.80", "4", "1", "1.60", "0.08"),
        source: DOCS,
      }),
    ],
    notes: ["still sold by Google Cloud, at its own price"],
  },
  {
    ...LINE,
    id: modelId("claude-3-haiku-20240307"),
    displayName: "Claude 3 Haiku",
    released: "2024-03-07",
    retires: "2026-04-20",
    status: "retired",
    outputTokensMax: 4_096,
    minimumCacheableTokens: 2_048,
    prices: [
      price({
        from: "2024-03-07",
        standard: rates("0.25", "1.25", "0.30", "0.50", "0.03"),
        source: "Anthropic pricing page, 2026-02-18",
      }),
    ],
    notes: ["its cache prices are rounded: not 1.25 and not 0.1 times input"],
  },
];
