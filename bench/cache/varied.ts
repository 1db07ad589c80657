/**
 * `node bench/cache/varied.ts`: replays traffic that nobody recorded, made from recorded traces and by
 * parameters, and writes docs/reference/cache-policies-varied.md. Deterministic.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  boundOf,
  DEFAULT_ASSUMPTIONS,
  purserPolicy,
  type Workload,
} from "../../src/domain/prompt-cache/index.ts";
import { madeUp } from "./made-up.ts";
import { compare, millions, percent, READINGS, RIVALS, runOf } from "./runs.ts";
import { cutShort, halvesSwapped, interleaved, mixed, paced, sampled } from "./variations.ts";
import { type PricedModel, pricedModels, readWorkloads, sessionsOf } from "./workloads.ts";

const PAGE = fileURLToPath(
  new URL("../../docs/reference/cache-policies-varied.md", import.meta.url),
);
const HOUR_MS = 3_600_000;
const TUNED_SESSIONS = 100;

type Named = readonly [title: string, workload: Workload];

function ofAgents(agents: Workload): readonly Named[] {
  return [
    ["Claude Code, unseen", agents],
    ["at four times the pace", paced(agents, 0.25)],
    ["at a quarter of the pace", paced(agents, 4)],
    ["half of the conversations", sampled(agents, 0.5, 1)],
    ["a fifth of the conversations", sampled(agents, 0.2, 2)],
    ["first 20 requests of each", cutShort(agents, 20)],
    ["first 5 requests of each", cutShort(agents, 5)],
    ["all within 48 hours, interleaved", interleaved(agents, 48 * HOUR_MS, 3)],
    ["halves swapped", halvesSwapped(agents)],
  ];
}

function ofChat(chat: Workload): readonly Named[] {
  return [
    ["Mooncake chat", chat],
    ["at four times the pace", paced(chat, 0.25)],
    ["at a quarter of the pace", paced(chat, 4)],
    ["at a twentieth of the pace", paced(chat, 20)],
    ["half of the conversations", sampled(chat, 0.5, 1)],
    ["a quarter of the conversations", sampled(chat, 0.25, 2)],
    ["first 2 turns of each", cutShort(chat, 2)],
    ["halves swapped", halvesSwapped(chat)],
  ];
}

function mixtures(agents: Workload, chat: Workload, oneShot: Workload): readonly Named[] {
  return [
    ["one-shot (Azure)", oneShot],
    [
      "agents, chat and one-shot in one hour",
      mixed([interleaved(agents, HOUR_MS, 4), chat, oneShot], HOUR_MS),
    ],
    [
      "few agents and one-shot",
      mixed([interleaved(sampled(agents, 0.1, 5), HOUR_MS, 4), oneShot], HOUR_MS),
    ],
    ["chat and one-shot", mixed([chat, oneShot], HOUR_MS)],
  ];
}

function rowFor([title, workload]: Named, model: PricedModel): string {
  const options = { rules: model, ratios: model.ratios };
  const rivals = RIVALS.map((policy) => runOf(workload, policy, options));
  const { cost, best, bestName, excess } = compare(runOf(workload, purserPolicy, options), rivals);
  const floor = boundOf(workload, { ...model, lifetimes: "extended", keepAlive: true });
  const gap = best - floor.inputTokenEquivalents;
  const closed = gap > 1 ? `${((100 * (best - cost)) / gap).toFixed(0)}%` : "";
  const unsure = READINGS.map(({ assumptions }) => {
    const truth = { ...options, assumptions: { ...DEFAULT_ASSUMPTIONS, ...assumptions } };
    const others = RIVALS.map((policy) => runOf(workload, policy, truth));
    const own = runOf(workload, purserPolicy, { ...truth, believed: DEFAULT_ASSUMPTIONS });
    const beside = compare(own, others);
    return percent(beside.cost / beside.best - 1);
  });
  const cells = [
    title,
    workload.requests.length,
    millions(cost),
    bestName,
    percent(cost / best - 1),
    closed,
    excess === null ? "" : percent(excess),
    ...unsure,
  ];
  return `| ${cells.join(" | ")} |`;
}

const INTRODUCTION = `# Cache policies, varied

Written by \`node bench/cache/varied.ts\`. Recorded traffic comes in one order, at one pace and in one mix.
Here it is taken apart and put together otherwise, and beside it stands traffic made up by parameters
(bench/cache/made-up.ts). The recorded traces are those of
[cache policies, measured](cache-policies-measured.md). The planner's caution was chosen with a look at this
page, so it shows how the planner does on many kinds of traffic, not on traffic of which it knows nothing.

"Beside it": \`purser\` against the best of \`none\`, \`automatic\`, \`fixed\` and \`fixed-1h\` over the whole. "Gap
closed": from that rule (0%) to \`bound\` (100%). "Furthest above": the most that \`purser\` was ever above the best
of them so far, from 1,000 requests on. The last two columns are "beside it" where the provider does not do as
assumed, and \`purser\` is not told: where a small write for an hour holds no more than itself, and where a marker
inside what is read leaves no entry.
`;

const HEAD = [
  "| Traffic | Requests | `purser`, M tokens | Best fixed rule | Beside it | Gap closed | Furthest above | No carrying | No entry inside |",
  "| --- | --: | --: | --- | --: | --: | --: | --: | --: |",
];

async function main(): Promise<void> {
  const [agents, chat, oneShot] = (await readWorkloads()).map(({ workload }) => workload);
  if (agents === undefined || chat === undefined || oneShot === undefined) {
    throw new Error("the recorded traces are not here");
  }
  const unseen = sessionsOf(agents, TUNED_SESSIONS, Number.POSITIVE_INFINITY);
  const groups: readonly (readonly [string, readonly Named[]])[] = [
    ["From agents", ofAgents(unseen)],
    ["From chat", ofChat(chat)],
    ["Mixed", mixtures(unseen, chat, oneShot)],
    ["Made up", madeUp()],
  ];
  const sections = pricedModels().flatMap((model) => [
    `## As \`${model.id}\`\n\nReads at ${model.ratios.read}, at least ${model.prefixTokensMin} tokens.\n`,
    ...groups.map(([title, named]) =>
      [`### ${title}\n`, ...HEAD, ...named.map((each) => rowFor(each, model)), ""].join("\n"),
    ),
  ]);
  writeFileSync(PAGE, [INTRODUCTION, ...sections].join("\n"));
  process.stdout.write(`written: ${PAGE}\n`);
}

await main();
