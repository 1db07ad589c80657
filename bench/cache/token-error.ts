/**
 * `node bench/cache/token-error.ts`: how far the local token estimate is from what recorded calls were
 * billed, per tokenizer and kind of content. Writes docs/reference/token-estimate-measured.md.
 *
 * The estimate's bytes per token come from the provider's documentation; its allowances for frames and
 * the tool prompt were looked at on recordings. So each repository is judged by a factor that was fitted
 * to the others only.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { zstdDecompressSync } from "node:zlib";
import { compileCatalogue, type TokenizerFamily } from "../../src/domain/catalogue/index.ts";
import { estimatePromptTokens } from "../../src/domain/prompt/index.ts";
import { type RequestView, readMessagesRequest } from "../../src/wire/messages/index.ts";

const RECORDINGS = fileURLToPath(
  new URL("../../../shared/data/exchanges/anthropic_exchanges.jsonl.zst", import.meta.url),
);
const PAGE = fileURLToPath(
  new URL("../../docs/reference/token-estimate-measured.md", import.meta.url),
);
/** Below this many tokens the provider's own frames decide, not the content. */
const SMALL_PROMPT_TOKENS = 200;

type Sample = {
  readonly repository: string;
  readonly group: string;
  readonly billed: number;
  readonly estimated: number;
};

function kindOf(view: RequestView): string {
  const types = new Set(view.blocks().map(({ type }) => type));
  if (types.has("image") || types.has("document")) return "images and documents";
  if (types.has("tool_result") || types.has("tool_use")) return "tool turns";
  return types.has("tool") ? "tools and text" : "text";
}

function samplesOf(): readonly Sample[] {
  const catalogue = compileCatalogue();
  const lines = zstdDecompressSync(readFileSync(RECORDINGS)).toString("utf8").split("\n");
  return lines.flatMap((line): Sample[] => {
    if (line === "") return [];
    const row = JSON.parse(line);
    if (!row.bodies_verbatim || row.status !== 200 || typeof row.usage?.input_tokens !== "number")
      return [];
    const view = readMessagesRequest(JSON.parse(row.request_body ?? "null"), {});
    if (view.kind !== "request" || view.unbounded.length > 0) return [];
    const resolution = catalogue.resolve(view.model);
    if (resolution.kind === "unknown") return [];
    const family: TokenizerFamily = resolution.facts.tokenizer;
    const usage = row.usage;
    const billed =
      usage.input_tokens +
      (usage.cache_read_input_tokens ?? 0) +
      (usage.cache_creation_input_tokens ?? 0);
    if (billed === 0) return [];
    const size =
      billed < SMALL_PROMPT_TOKENS ? `under ${SMALL_PROMPT_TOKENS} tokens` : kindOf(view);
    const estimated = estimatePromptTokens(view.blocks(), family, view.outputFormatBytes).likely;
    return [{ repository: row.source, group: `${family} | ${size}`, billed, estimated }];
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Relative errors, each sample scaled by the median of its group in all other repositories. */
function errorsOf(samples: readonly Sample[]): {
  readonly plain: number[];
  readonly scaled: number[];
} {
  const plain = samples.map(({ billed, estimated }) => Math.abs(estimated / billed - 1));
  const scaled = samples.flatMap((sample) => {
    const others = samples.filter(({ repository }) => repository !== sample.repository);
    if (others.length < 5) return [];
    const factor = quantile(
      others.map(({ billed, estimated }) => billed / estimated),
      0.5,
    );
    return [Math.abs((sample.estimated * factor) / sample.billed - 1)];
  });
  return { plain, scaled };
}

function rowFor(group: string, samples: readonly Sample[]): string {
  const { plain, scaled } = errorsOf(samples);
  const repositories = new Set(samples.map(({ repository }) => repository)).size;
  const show = (values: readonly number[]) =>
    values.length === 0
      ? "too few | | "
      : [0.5, 0.95, 1].map((share) => `${(100 * quantile(values, share)).toFixed(0)}%`).join(" | ");
  return `| ${group} | ${samples.length} | ${repositories} | ${show(plain)} | ${show(scaled)} |`;
}

function main(): void {
  if (!existsSync(RECORDINGS)) throw new Error("the recorded exchanges are not here");
  const groups = new Map<string, Sample[]>();
  for (const sample of samplesOf()) {
    groups.set(sample.group, [...(groups.get(sample.group) ?? []), sample]);
  }
  const rows = [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([group, samples]) => rowFor(group, samples));
  const page = `# The token estimate, measured

Written by \`node bench/cache/token-error.ts\` from recorded calls. Error of the local estimate of a whole
prompt against what was billed, as a share of what was billed. "Fitted elsewhere" scales each estimate by
the median ratio of the same group in all *other* repositories, so no recording is judged by a factor that
it had a part in. Per block, the estimate is then scaled so that a prompt's blocks sum to what was billed.

| Tokenizer | Content | Calls | Repositories | median | p95 | worst | fitted elsewhere: median | p95 | worst |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |
${rows.join("\n")}
`;
  writeFileSync(PAGE, page);
  process.stdout.write(page);
}

main();
