/** The Opus line, Claude 3 to 5.5. */
import type { ModelFacts } from "../model-facts.ts";
import { modelId, price, rates } from "./build-facts.ts";

const DOCS = "Anthropic pricing page, 2026-10-10";
const DOCS_FEBRUARY = "Anthropic pricing page, 2026-02-18";
const STANDARD_4_5 = rates("5", "25", "6.25", "10", "0.50");
const STANDARD_3_AND_4 = rates("15", "75", "18.75", "30", "1.50");
const FAST_5 = rates("10", "50", "12.50", "20", "1.00");
const STANDARD_5_5 = rates("4", "20", "5", "8", "0.20");

const LINE = {
  aliases: [],
  partnerIds: [],
  family: "opus",
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
  tokenizer: "claude-3",
} as const satisfies Partial<ModelFacts>;

export const OPUS: readonly ModelFacts[] = [
  {
    ...LINE,
    id: modelId("claude-opus-5-5"),
    displayName: "Claude Opus 5.5",
    released: "2026-09-22",
    minimumCacheableTokens: 512,
    prices: [
      price({
        from: "2026-09-22",
        until: "2026-10-15",
        standard: STANDARD_5_5,
        inferenceGeoUs: true,
        source: DOCS,
      }),
      price({
        from: "2026-10-15",
        standard: STANDARD_5_5,
        fast: rates("8", "40", "10", "16", "0.40"),
        inferenceGeoUs: true,
        source: `${DOCS}; fast mode generally available from 2026-10-15`,
      }),
    ],
  },
  {
    ...LINE,
    id: modelId("claude-opus-5"),
    displayName: "Claude Opus 5",
    released: "2026-07-24",
    minimumCacheableTokens: 512,
    prices: [
      price({
        from: "2026-07-24",
        standard: STANDARD_4_5,
        fast: FAST_5,
        inferenceGeoUs: true,
        source: DOCS,
      }),
    ],
  },
  {
    ...LINE,
    id: modelId("claude-opus-4-8"),
    displayName: "Claude Opus 4.8",
    released: "2026-05-28",
    minimumCacheableTokens: 1_024,
    prices: [
      price({
        from: "2026-05-28",
        until: "2026-11-30",
        standard: STANDARD_4_5,
        fast: FAST_5,
        inferenceGeoUs: true,
        source: DOCS,
      }),
      price({
        from: "2026-11-30",
        standard: STANDARD_4_5,
        inferenceGeoUs: true,
        source: `${DOCS}; fast mode removed on 2026-11-30`,
      }),
    ],
  },
  {
    ...LINE,
    id: modelId("claude-opus-4-7"),
    displayName: "Claude Opus 4.7",
    released: "2026-04-16",
    minimumCacheableTokens: 2_048,
    prices: [
      price({ from: "2026-04-16", standard: STANDARD_4_5, inferenceGeoUs: true, source: DOCS }),
    ],
    notes: ["fast mode was removed; a request for it is answered with an error"],
  },
  {
    ...LINE,
    id: modelId("claude-opus-4-6"),
    displayName: "Claude Opus 4.6",
    released: "2026-02-05",
    minimumCacheableTokens: 4_096,
    tokenizer: "claude-3",
    prices: [
      price({
        from: "2026-02-05",
        until: "2026-03-13",
        standard: STANDARD_4_5,
        steps: [{ promptTokensOver: 200_000, rates: rates("10", "37.50", "12.50", "20", "1.00") }],
        inferenceGeoUs: true,
        source: DOCS_FEBRUARY,
      }),
      price({ from: "2026-03-13", standard: STANDARD_4_5, inferenceGeoUs: true, source: DOCS }),
    ],
    notes: ["fast mode was removed; a request for it runs and is billed at standard speed"],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-opus-4-5-20251101"),
    aliases: ["claude-opus-4-5"],
    displayName: "Claude Opus 4.5",
    released: "2025-11-24",
    outputTokensMax: 64_000,
    minimumCacheableTokens: 4_096,
    prices: [price({ from: "2025-11-24", standard: STANDARD_4_5, source: DOCS })],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-opus-4-1-20250805"),
    aliases: ["claude-opus-4-1"],
    displayName: "Claude Opus 4.1",
    released: "2025-08-05",
    retires: "2026-08-05",
    status: "retired",
    outputTokensMax: 32_000,
    minimumCacheableTokens: 1_024,
    prices: [price({ from: "2025-08-05", standard: STANDARD_3_AND_4, source: DOCS })],
    notes: ["still sold by Amazon Bedrock and Google Cloud, at their own prices"],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-opus-4-20250514"),
    aliases: ["claude-opus-4-0", "claude-4-opus-20250514"],
    displayName: "Claude Opus 4",
    released: "2025-05-14",
    retires: "2026-06-15",
    status: "retired",
    outputTokensMax: 32_000,
    minimumCacheableTokens: 1_024,
    prices: [price({ from: "2025-05-14", standard: STANDARD_3_AND_4, source: DOCS })],
    notes: ["still sold by Google Cloud, at its own price"],
  },
  {
    ...OLD_LINE,
    id: modelId("claude-3-opus-20240229"),
    aliases: ["claude-3-opus-latest"],
    displayName: "Claude 3 Opus",
    released: "2024-02-29",
    retires: "2026-01-05",
    status: "retired",
    outputTokensMax: 4_096,
    minimumCacheableTokens: 1_024,
    prices: [price({ from: "2024-02-29", standard: STANDARD_3_AND_4, source: DOCS_FEBRUARY })],
  },
];
