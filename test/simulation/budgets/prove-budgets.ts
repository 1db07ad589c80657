/**
 * The budgets proof: many clients against a gateway with budgets, whose upstream fails now and then.
 * The gateway is killed at random, its clock jumps over the edge of a window; the auditor judges the
 * journal and the upstream's own bills.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { randomInteger, seededRandom } from "../../../src/base/index.ts";
import { type FaultRule, type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import {
  auditBudgets,
  type BilledAttempt,
  type BudgetFinding,
  type BudgetVerdict,
  readJournal,
} from "../auditor/index.ts";
import { type GatewayProcess, startGatewayProcess } from "../gateway-process.ts";
import { type LoadCounts, startLoad } from "./load.ts";
import { AUDITED } from "./proof-budgets.ts";

export const HONEST = fileURLToPath(new URL("./honest-gateway.ts", import.meta.url));
export const MUTANT = fileURLToPath(new URL("./mutant-gateway.ts", import.meta.url));

export type BudgetProofOptions = {
  readonly seed: number;
  readonly clients: number;
  /** Lives of the gateway that end by SIGKILL, besides the one that ends in order. */
  readonly kills: number;
  /** Times that the clock jumps an hour ahead while calls are under way. */
  readonly jumps: number;
  /** Attempts between two of these, at most. */
  readonly attemptsMax: number;
  readonly entry?: string;
};

export type BudgetProof = BudgetVerdict & {
  readonly counts: LoadCounts;
  readonly kills: number;
  readonly jumps: number;
};

const CALL_RECORDS_MAX = 1_000_000;
/** An upstream that bills all it can of what was cut short, so that nothing is let off. */
const ASSUMPTIONS = { abortedOutput: "complete", cutStreamIsBilled: true } as const;
const FAULTS: readonly FaultRule[] = [
  { fault: { kind: "overloaded" }, probability: 0.04 },
  { fault: { kind: "server-error" }, probability: 0.03 },
  { fault: { kind: "rate-limited" }, probability: 0.03 },
  { fault: { kind: "reset" }, probability: 0.02 },
  { fault: { kind: "cut", after: 0.5 }, probability: 0.03 },
  { fault: { kind: "error-event", after: 0.5 }, probability: 0.03 },
  { fault: { kind: "garbage" }, probability: 0.01 },
];

export async function proveBudgets(options: BudgetProofOptions): Promise<BudgetProof> {
  const random = seededRandom(options.seed);
  const folder = await mkdtemp(join(tmpdir(), "purser-budget-proof-"));
  const data = join(folder, "data");
  const simulator = await startSimulator({
    ...{ seed: options.seed, callRecordsMax: CALL_RECORDS_MAX, faults: FAULTS },
    assumptions: ASSUMPTIONS,
  });
  const entry = options.entry ?? HONEST;
  const compileCache = join(folder, "compiled");
  const start = () => startGatewayProcess({ upstream: simulator.url, data, entry, compileCache });
  const load = startLoad(seededRandom(options.seed + 1), options.clients);
  try {
    let gateway = await start();
    load.gatewayIsUp(gateway.ready.gateway);
    for (const event of shuffledEvents(options)) {
      await load.attempts(randomInteger(random, 10, options.attemptsMax));
      if (event === "jump") process.kill(gateway.pid, "SIGUSR2");
      else gateway = await killAndStart(gateway, load, start);
    }
    await load.attempts(options.attemptsMax);
    await load.finish();
    await untilQuiet(simulator);
    await gateway.stop();
    const verdict = auditBudgets({
      budgets: AUDITED,
      events: readJournal(join(data, "ledger", "journal")),
      billed: billedBy(simulator),
    });
    const findings = [...verdict.findings, ...(await stillHeld(data))];
    const { kills, jumps } = options;
    return { ...verdict, findings, counts: load.counts, kills, jumps };
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function shuffledEvents({ seed, kills, jumps }: BudgetProofOptions): readonly ("kill" | "jump")[] {
  const random = seededRandom(seed + 2);
  const events = [...Array<"kill">(kills).fill("kill"), ...Array<"jump">(jumps).fill("jump")];
  return events
    .map((event) => ({ event, order: random.next() }))
    .sort((left, right) => left.order - right.order)
    .map(({ event }) => event);
}

async function killAndStart(
  gateway: GatewayProcess,
  load: ReturnType<typeof startLoad>,
  start: () => Promise<GatewayProcess>,
): Promise<GatewayProcess> {
  load.gatewayIsDown();
  await gateway.kill();
  const next = await start();
  load.gatewayIsUp(next.ready.gateway);
  return next;
}

const QUIET_MS = 100;

/** The upstream may still be writing down calls whose client has gone. */
async function untilQuiet(simulator: Simulator): Promise<void> {
  for (let before = -1; before !== simulator.calls().length; ) {
    before = simulator.calls().length;
    await wait(QUIET_MS);
  }
}

function billedBy(simulator: Simulator): readonly BilledAttempt[] {
  return simulator.calls().map(({ requestHeaders, bill }) => ({
    attempt: requestHeaders["x-claude-code-session-id"] ?? "unnamed",
    picoUsd: bill.totalPicoUsd,
  }));
}

async function stillHeld(data: string): Promise<readonly BudgetFinding[]> {
  const end: unknown = JSON.parse(await readFile(join(data, "budgets-end.json"), "utf8"));
  const held = typeof end === "object" && end !== null && "held" in end ? end.held : null;
  if (held === 0) return [];
  return [{ code: "still-reserved", subject: "memory", text: `${held} calls hold a reservation` }];
}
