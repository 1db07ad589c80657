/** The Sonnet line, Claude 3 to 5.5. */
import type { ModelFacts } from "../model-facts.ts";
import { modelId, price, rates } from "./build-facts.ts";

const DOCS = "Anthropic pricing page, 2026-10-10";
const DOCS_FEBRUARY = "Anthropic pricing page, 2026-02-18";
const THIRD_PARTY = "genai-prices 0.1.8 and the official client's table";
const STANDARD_3_AND_4 = rates("3", "15", "3.75", "6", "0.30");
const STANDARD_5 = rates("2", "10", "2.50", "4", "0.20");
const LONG_CONTEXT = {
  promptTokensOver: 200_000,
  rates: rates("6", "22.50", "7.50", "12", "0.60"),
} as const;

const LINE = {
  aliases: [],
  partnerIds: [],
  family: "sonnet",
  retires: null,
  status: "active",
  contextTokensMax: 1_000_000,
  outputTokensMax: 128_000,
  tokenizer: "claude-4.7",
  notes: [],
} as const satisfies Partial<ModelFacts>;

const OLD_LINE = {
  ...LINE,
  contextTokensMax: 200_000,
  outputTokensMax: 64_000,
  minimumCacheableTokens: 1_024,
  tokenizer: "claude-3",
} as const satisfies Partial<ModelFacts>;

/** Long prompts cost more until the 1M beta of Sonnet 4 and 4.5 ended, with 2026-04-30 its last day. */
function pricesWithLongContextBeta(from: string): ModelFacts["prices"] {
  return [
    price({
      from,
      until: "2026-05-01",
      standard: STANDARD_3_AND_4,
      steps: [LONG_CONTEXT],
      source: DOCS_FEBRUARY,
    }),
    price({ from: "2026-05-01", standard: STANDARD_3_AND_4, source: DOCS }),
  ];
}

export const SONNET: readonly ModelFacts[] = [
  {
    ...LINE,
    id: modelId("claude-sonnet-5-5"),
    displayName: "Claude Sonnet 5.5",
    released: "2026-09-28",
    minimumCacheableTokens: 512,
    prices: [
      price({
        from: "2026-09-28",
        until: "2026-10-07",
        standard: STANDARD_5,
        inferenceGeoUs: true,
        source: "Anthropic release notes, 2026-10-07",
      }),
      price({
        from: "2026-10-07",
        standard: rates("2", "10", "2.50", "4", "0.10"),
        inferenceGeoUs: true,
        source: "Anthropic release notes, 2026-10-07",
      }),
    ],
    notes: ["cache reads cost 0.20 until 2026-10-06 and 0.10 since"],
  },
  {
    ...LINE,
    id: modelId("claude-sonnet-5"),
    displayName: "Claude Sonnet 5",
    released: "2026-06-30",
    minimumCacheableTokens: 1_024,
    prices: [
      price({ from: "2026-06-30", standard: STANDARD_5, inferenceGeoUs: true, source: DOCS }),
    ],
    notes: ["a rise to 3 and 15 planned for 2026-09-01 was cancelled"],
  },
  {
    ...LINE,
    id: modelId("claude-sonnet-4-6"),
    displayName: "Claude Sonnet 4.6",
    released: "2026-02-17",
    minimumCacheableTokens: 1_024,
    tokenizer: "claude-3",
    prices: [
      price({
        from: "2026-02-17",
        until: "2026-03-13",
        standard: STANDARD_3_AND_4,
        steps: [LONG_CONTEXT],
        inferenceGeoUs: true,
        source: DOCS_FEBRUARY,
      }),
      price({ from: "2026-03-13", standard: STANDARD_3_AND_4, inferenceGeoUs: true, source: DOCS }),
    ],
    notes: ["the documented minimum prefix is 1,024 tokens; about 2,048 has been measured"],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-sonnet-4-5-20250929"),
    aliases: ["claude-sonnet-4-5"],
    displayName: "Claude Sonnet 4.5",
    released: "2025-09-29",
    retires: "2026-11-30",
    status: "deprecated",
    prices: pricesWithLongContextBeta("2025-09-29"),
  },
  {
    ...OLD_LINE,
    id: modelId("claude-sonnet-4-20250514"),
    aliases: ["claude-sonnet-4-0", "claude-4-sonnet-20250514"],
    displayName: "Claude Sonnet 4",
    released: "2025-05-14",
    retires: "2026-06-15",
    status: "retired",
    prices: pricesWithLongContextBeta("2025-05-14"),
    notes: ["still sold by Amazon Bedrock and Google Cloud, at their own prices"],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-3-7-sonnet-20250219"),
    aliases: ["claude-3-7-sonnet-latest"],
    displayName: "Claude 3.7 Sonnet",
    released: "2025-02-19",
    retires: "2026-02-19",
    status: "retired",
    prices: [price({ from: "2025-02-19", standard: STANDARD_3_AND_4, source: DOCS_FEBRUARY })],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-3-5-sonnet-20241022"),
    aliases: ["claude-3-5-sonnet-latest"],
    displayName: "Claude 3.5 Sonnet (October 2024)",
    released: "2024-10-22",
    retires: "2025-10-28",
    status: "retired",
    outputTokensMax: 8_192,
    prices: [price({ from: "2024-10-22", standard: STANDARD_3_AND_4, source: THIRD_PARTY })],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-3-5-sonnet-20240620"),
    displayName: "Claude 3.5 Sonnet (June 2024)",
    released: "2024-06-20",
    retires: "2025-10-28",
    status: "retired",
    outputTokensMax: 8_192,
    prices: [price({ from: "2024-06-20", standard: STANDARD_3_AND_4, source: THIRD_PARTY })],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-3-sonnet-20240229"),
    partnerIds: ["claude-3-sonnet-28k-20240229"],
    displayName: "Claude 3 Sonnet",
    released: "2024-02-29",
    retires: "2025-07-21",
    status: "retired",
    outputTokensMax: 4_096,
    minimumCacheableTokens: null,
    prices: [
      price({
        from: "2024-02-29",
        standard: STANDARD_3_AND_4,
        batch: false,
        source: "genai-prices 0.1.8",
      }),
    ],
  },
];
