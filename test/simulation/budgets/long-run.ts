/**
 * The long budgets proof: `npm run proof:budgets -- --seeds 20 --seed 1`. Plays every scene with every
 * seed, and the mutant, which must fail. Writes docs/reference/budgets-proof.md when asked by `--write`.
 * Ends with 0 when no scene has a finding and the mutant has.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type BudgetProof,
  type BudgetProofOptions,
  MUTANT,
  proveBudgets,
} from "./prove-budgets.ts";

const PAGE = fileURLToPath(new URL("../../../docs/reference/budgets-proof.md", import.meta.url));
const FINDINGS_SHOWN_MAX = 10;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    clients: { type: "string", default: "32" },
    write: { type: "boolean", default: false },
  },
});

type Scene = {
  readonly name: string;
  readonly mustFail: boolean;
  readonly options: Omit<BudgetProofOptions, "seed" | "clients">;
};

const SCENES: readonly Scene[] = [
  { name: "one process", mustFail: false, options: { kills: 0, jumps: 0, attemptsMax: 800 } },
  { name: "clock jumps", mustFail: false, options: { kills: 0, jumps: 4, attemptsMax: 300 } },
  { name: "SIGKILL", mustFail: false, options: { kills: 3, jumps: 0, attemptsMax: 250 } },
  {
    name: "SIGKILL and clock jumps",
    mustFail: false,
    options: { kills: 3, jumps: 3, attemptsMax: 250 },
  },
  {
    name: "mutant: reserves after forwarding",
    mustFail: true,
    options: { kills: 0, jumps: 2, attemptsMax: 250, entry: MUTANT },
  },
];

type Tally = {
  readonly scene: Scene;
  runs: number;
  failedRuns: number;
  proofs: BudgetProof[];
};

async function play(scene: Scene): Promise<Tally> {
  const tally: Tally = { scene, runs: 0, failedRuns: 0, proofs: [] };
  const first = Number(values.seed);
  for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
    const proof = await proveBudgets({ ...scene.options, seed, clients: Number(values.clients) });
    tally.runs += 1;
    tally.failedRuns += proof.findings.length > 0 ? 1 : 0;
    tally.proofs.push(proof);
    if (!scene.mustFail) tell(scene, seed, proof);
  }
  return tally;
}

function tell({ name }: Scene, seed: number, { findings, admitted, refused }: BudgetProof): void {
  process.stderr.write(`  ${name}, seed ${seed}: ${admitted} admitted, ${refused} refused\n`);
  for (const { code, subject, text } of findings.slice(0, FINDINGS_SHOWN_MAX)) {
    process.stderr.write(`    ${code}: ${subject}: ${text}\n`);
  }
}

function row({ scene, runs, failedRuns, proofs }: Tally): string {
  const sum = (pick: (proof: BudgetProof) => number): string =>
    proofs.reduce((total, proof) => total + pick(proof), 0).toLocaleString("en-US");
  const most = (pick: (proof: BudgetProof) => number): string =>
    `${(Math.max(...proofs.map(pick)) * 100).toFixed(2)}%`;
  const count = (code: string): string =>
    sum(({ findings }) => findings.filter((finding) => finding.code === code).length);
  return [
    scene.name,
    String(runs),
    sum(({ admitted }) => admitted),
    sum(({ refused }) => refused),
    sum(({ counts }) => counts.left),
    sum(({ counts }) => counts.failed),
    sum(({ atWorstCase }) => atWorstCase),
    sum(({ windows }) => windows),
    most(({ heldShareMax }) => heldShareMax),
    most(({ billedShareMax }) => billedShareMax),
    count("over-cap"),
    count("bill-over-cap"),
    count("refused-though-it-fitted"),
    count("still-reserved"),
    `${failedRuns} of ${runs}${scene.mustFail ? " (must fail)" : ""}`,
  ].join(" | ");
}

const HEADINGS = [
  ...["Scene", "Seeds", "Admitted", "Refused", "Left", "Failed", "At worst case", "Windows"],
  ...["Held at most", "Billed at most", "Over cap", "Bill over cap", "Wrongly refused"],
  ...["Still reserved", "Runs with findings"],
];

function pageOf(tallies: readonly Tally[]): string {
  const aligned = HEADINGS.map((_, index) => (index === 0 ? "---" : "--:")).join(" | ");
  return `# The budgets proof, measured

Written by \`npm run proof:budgets -- --seeds ${values.seeds} --seed ${values.seed} --write\`.
[Concepts](../concepts/budgets-proof.md) says how it runs and what each column means.

| ${HEADINGS.join(" | ")} |
| ${aligned} |
${tallies.map((tally) => `| ${row(tally)} |`).join("\n")}
`;
}

const tallies: Tally[] = [];
for (const scene of SCENES) tallies.push(await play(scene));
const page = pageOf(tallies);
process.stdout.write(page);
if (values.write) writeFileSync(PAGE, page);
const passed = tallies.every(({ scene, failedRuns }) => scene.mustFail === failedRuns > 0);
process.stdout.write(passed ? "PASSED\n" : "FAILED\n");
process.exitCode = passed ? 0 : 1;
