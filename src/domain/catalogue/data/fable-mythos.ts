/** The Fable and Mythos lines. Mythos needs a verified organisation and costs what Fable does. */
import type { ModelFacts } from "../model-facts.ts";
import { modelId, price, rates } from "./build-facts.ts";

const DOCS = "Anthropic pricing page, 2026-10-10";
const RELEASE_NOTES = "Anthropic release notes, 2026-11-12";
const READS_AT_A_TENTH = rates("10", "50", "12.50", "20", "1.00");
const READS_AT_A_FORTIETH = rates("10", "50", "12.50", "20", "0.25");

const LINE = {
  aliases: [],
  partnerIds: [],
  retires: null,
  status: "active",
  contextTokensMax: 1_000_000,
  outputTokensMax: 128_000,
  minimumCacheableTokens: 512,
  tokenizer: "claude-4.7",
  notes: [],
} as const satisfies Partial<ModelFacts>;

const PRICE_5_2 = price({
  from: "2026-11-09",
  standard: rates("8", "40", "10", "16", "0.20"),
  fast: rates("16", "80", "20", "32", "0.40"),
  inferenceGeoUs: true,
  source: RELEASE_NOTES,
});
const PRICE_5_1 = price({
  from: "2026-09-01",
  standard: READS_AT_A_FORTIETH,
  inferenceGeoUs: true,
  source: DOCS,
});
const PRICE_5 = price({
  from: "2026-06-09",
  standard: READS_AT_A_TENTH,
  inferenceGeoUs: true,
  source: DOCS,
});

export const FABLE_AND_MYTHOS: readonly ModelFacts[] = [
  {
    ...LINE,
    id: modelId("claude-fable-5-2"),
    displayName: "Claude Fable 5.2",
    family: "fable",
    released: "2026-11-09",
    prices: [PRICE_5_2],
  },
  {
    ...LINE,
    id: modelId("claude-mythos-5-2"),
    displayName: "Claude Mythos 5.2",
    family: "mythos",
    released: "2026-11-09",
    prices: [PRICE_5_2],
  },
  {
    ...LINE,
    id: modelId("claude-fable-5-1"),
    displayName: "Claude Fable 5.1",
    family: "fable",
    released: "2026-09-01",
    prices: [PRICE_5_1],
  },
  {
    ...LINE,
    id: modelId("claude-mythos-5-1"),
    displayName: "Claude Mythos 5.1",
    family: "mythos",
    released: "2026-09-01",
    prices: [PRICE_5_1],
  },
  {
    ...LINE,
    id: modelId("claude-fable-5"),
    displayName: "Claude Fable 5",
    family: "fable",
    released: "2026-06-09",
    prices: [PRICE_5],
  },
  {
    ...LINE,
    id: modelId("claude-mythos-5"),
    displayName: "Claude Mythos 5",
    family: "mythos",
    released: "2026-06-09",
    prices: [PRICE_5],
  },
  {
    ...LINE,
    id: modelId("claude-mythos-preview"),
    displayName: "Claude Mythos Preview",
    family: "mythos",
    released: null,
    status: "deprecated",
    minimumCacheableTokens: 2_048,
    prices: [],
    notes: ["no price is published; add your own under models in purser.yaml"],
  },
];
