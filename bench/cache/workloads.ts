/** The recorded traffic that the cache benches run on, and the models they price it as. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { instant } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import {
  type PriceRatios,
  ratiosOfRates,
  type Workload,
} from "../../src/domain/prompt-cache/index.ts";
import { readTrace } from "../../src/services/importers/traces/index.ts";

const TRACES = fileURLToPath(new URL("../../../shared/data/traces/", import.meta.url));
const FILES = {
  "Claude Code": "claude_code_traces.jsonl.zst",
  "Mooncake chat": "mooncake_conversation.jsonl.zst",
  "Azure code (one-shot)": "azure_code_2023.csv",
} as const;

export type NamedWorkload = {
  readonly title: string;
  readonly workload: Workload;
  readonly readMs: number;
};

/** All traces that are here, read anew. */
export async function readWorkloads(): Promise<readonly NamedWorkload[]> {
  const found: NamedWorkload[] = [];
  for (const [title, file] of Object.entries(FILES)) {
    if (!existsSync(TRACES + file)) continue;
    const start = performance.now();
    const workload = await readTrace(TRACES + file);
    found.push({ title, workload, readMs: performance.now() - start });
  }
  return found;
}

/** The sessions from the `from`th to before the `to`th, as traffic of their own. */
export function sessionsOf(workload: Workload, from: number, to: number): Workload {
  const sessions = [...new Set(workload.requests.map(({ session }) => session))].slice(from, to);
  const kept = new Set(sessions);
  const first = workload.requests.findIndex(({ session }) => kept.has(session));
  return {
    ...workload,
    tree: {
      ...workload.tree,
      firstSeenBy: workload.tree.firstSeenBy.map((index) => index - first),
    },
    requests: workload.requests.filter(({ session }) => kept.has(session)),
  };
}

export type PricedModel = {
  readonly id: string;
  readonly ratios: PriceRatios;
  readonly prefixTokensMin: number;
};

const MODELS = ["claude-opus-5", "claude-opus-5-5", "claude-fable-5-2", "claude-haiku-4-5"];
const PRICED_ON = instant(Date.UTC(2026, 10, 22));

/** Three read ratios and two minimum lengths, from the catalogue. */
export function pricedModels(): readonly PricedModel[] {
  const catalogue = compileCatalogue();
  return MODELS.flatMap((id) => {
    const resolution = catalogue.resolve(id);
    if (resolution.kind === "unknown") return [];
    const { facts } = resolution;
    const outcome = catalogue.rates({
      model: facts.id,
      at: PRICED_ON,
      speed: null,
      serviceTier: null,
      inferenceGeo: null,
      promptTokens: 0,
    });
    const ratios = outcome.kind === "priced" ? ratiosOfRates(outcome.sheet.rates) : null;
    if (ratios === null || facts.minimumCacheableTokens === null) return [];
    return [{ id, ratios, prefixTokensMin: facts.minimumCacheableTokens }];
  });
}
