/**
 * `node bench/cache/table.ts`: replays every recorded trace under every policy and writes
 * docs/reference/cache-policies-measured.md. Deterministic: the same traces give the same page.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  automaticPolicy,
  bifrostPolicy,
  boundOf,
  equivalentsOf,
  fixedOneHourPolicy,
  fixedPolicy,
  litellmPolicy,
  llmGatewayPolicy,
  nonePolicy,
  type PolicyFactory,
  purserKeepAlivePolicy,
  purserPolicy,
  type ReplayResult,
  replay,
  type Workload,
} from "../../src/domain/prompt-cache/index.ts";
import { type PricedModel, pricedModels, readWorkloads, sessionsOf } from "./workloads.ts";

const PAGE = fileURLToPath(
  new URL("../../docs/reference/cache-policies-measured.md", import.meta.url),
);
/** Conversations that the planner's priors were looked at on; the rest was never looked at. */
const TUNED_SESSIONS = 100;
/** From here on the planner must not be dearer than the best fixed rule. */
const LEARNED_REQUESTS = 1_000;

const FIXED: readonly PolicyFactory[] = [
  nonePolicy,
  automaticPolicy,
  fixedPolicy,
  fixedOneHourPolicy,
  litellmPolicy,
  bifrostPolicy,
  llmGatewayPolicy,
];
/** Rules that count as "the best fixed rule". */
const RIVALS: ReadonlySet<string> = new Set(["automatic", "fixed", "fixed-1h"]);

type Run = { readonly result: ReplayResult; readonly running: Float64Array };

function runAll(workload: Workload, model: PricedModel): readonly Run[] {
  return [...FIXED, purserPolicy, purserKeepAlivePolicy].map((policy) => {
    const running = new Float64Array(workload.requests.length);
    let total = 0;
    const result = replay(workload, policy, {
      rules: model,
      ratios: model.ratios,
      onRequest: (index, tokens) => {
        total += equivalentsOf(tokens, model.ratios);
        running[index] = total;
      },
    });
    return { result, running };
  });
}

/** The most that the planner was dearer than the best fixed rule so far, once it had learned. */
function worstLead(runs: readonly Run[]): number | null {
  const own = runs.find(({ result }) => result.policy === "purser")?.running;
  const rivals = runs
    .filter(({ result }) => RIVALS.has(result.policy))
    .map(({ running }) => running);
  if (own === undefined || own.length < LEARNED_REQUESTS) return null;
  let worst = Number.NEGATIVE_INFINITY;
  for (let index = LEARNED_REQUESTS - 1; index < own.length; index += 1) {
    const best = Math.min(...rivals.map((running) => running[index] ?? 0));
    worst = Math.max(worst, (own[index] ?? 0) / best - 1);
  }
  return worst;
}

function sectionFor(title: string, workload: Workload, model: PricedModel): string {
  const runs = runAll(workload, model);
  const floorOf = (lifetimes: "extended" | "as-written", keepAlive: boolean) =>
    boundOf(workload, { ...model, lifetimes, keepAlive }).inputTokenEquivalents;
  const floor = floorOf("extended", true);
  const costOf = (name: string) =>
    runs.find(({ result }) => result.policy === name)?.result.inputTokenEquivalents ?? Number.NaN;
  const best = Math.min(costOf("none"), ...[...RIVALS].map(costOf));
  const row = (name: string, cost: number) =>
    `| ${name} | ${(cost / 1e6).toFixed(2)} | ${[
      costOf("none"),
      costOf("fixed"),
      costOf("fixed-1h"),
      floor,
    ]
      .map((base) => (cost / base).toFixed(4))
      .join(
        " | ",
      )} | ${best - floor > 1 ? `${((100 * (best - cost)) / (best - floor)).toFixed(1)}%` : ""} |`;
  const lead = worstLead(runs);
  return [
    `### ${title}, as \`${model.id}\``,
    "",
    `Reads at ${model.ratios.read}, at least ${model.prefixTokensMin} tokens; ${workload.requests.length} requests.`,
    "",
    "| Policy | M tokens | vs none | vs fixed | vs fixed-1h | vs bound | gap closed |",
    "| --- | --: | --: | --: | --: | --: | --: |",
    ...runs.map(({ result }) => row(result.policy, result.inputTokenEquivalents)),
    row("bound without keep-alive", floorOf("extended", false)),
    row("bound, lifetimes as written", floorOf("as-written", true)),
    row("**bound**", floor),
    "",
    `Keep-alive calls made: ${runs.at(-1)?.result.keepAliveCalls ?? 0}.${
      lead === null
        ? ""
        : ` Furthest that \`purser\` ever was above the best of \`automatic\`, \`fixed\` and \`fixed-1h\`, from ${LEARNED_REQUESTS} requests on: ${(100 * lead).toFixed(2)}%.`
    }`,
    "",
  ].join("\n");
}

const INTRODUCTION = `# Cache policies, measured

Written by \`node bench/cache/table.ts\` from recorded traffic; the same traces give the same page.

Cost is in millions of fresh input tokens. "Gap closed" is how far a policy comes from the best of \`none\`,
\`automatic\`, \`fixed\` and \`fixed-1h\` (0%) to \`bound\` (100%). \`bound\` sees the future, has no limit on
markers and makes keep-alive calls; "bound without keep-alive" is the floor for policies that make none, and
"lifetimes as written" takes a block to live only as long as it was itself written for, which the provider's
billing rule undercuts (docs/concepts/cache-bound.md). \`litellm\`, \`bifrost\` and \`llmgateway\` are those
gateways' published rules, written again here.

The priors of the planner were chosen with a look at the start of the Mooncake trace and at
the first ${TUNED_SESSIONS} Claude Code conversations. "Unseen" is the rest, replayed from nothing.
`;

async function main(): Promise<void> {
  const sections: string[] = [INTRODUCTION];
  for (const { title, workload } of await readWorkloads()) {
    const assumed = workload.assumptions.map((sentence) => `- ${sentence}`).join("\n");
    sections.push(`## ${title}\n\nAssumed of this trace:\n\n${assumed}\n`);
    const agents = title === "Claude Code";
    for (const model of pricedModels()) {
      if (agents) {
        const unseen = sessionsOf(workload, TUNED_SESSIONS, Number.POSITIVE_INFINITY);
        sections.push(sectionFor(`${title}, unseen`, unseen, model));
      }
      sections.push(sectionFor(title, workload, model));
    }
  }
  mkdirSync(fileURLToPath(new URL(".", `file://${PAGE}`)), { recursive: true });
  writeFileSync(PAGE, sections.join("\n"));
  process.stdout.write(`written: ${PAGE}\n`);
}

await main();
