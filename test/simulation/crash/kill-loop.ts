/**
 * The crash proof: kills the gateway under load at random moments, starts it again on the same data
 * directory, and hands the three records to the auditor.
 */
import { readdir } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { type Random, randomInteger, seededRandom } from "../../../src/base/index.ts";
import { type AuditedRecords, audit, type Finding } from "../auditor/index.ts";
import { type GatewayProcess, startGatewayProcess } from "../gateway-process.ts";
import { exportLedger, isLedgerSound } from "../ledger-export.ts";
import { type Load, startLoad } from "./load.ts";
import { startScene } from "./scene.ts";

export type CrashProofOptions = {
  readonly seed: number;
  readonly kills: number;
  readonly clients: number;
  /** A gateway lives for at most so many completed answers; default 40. */
  readonly completionsBeforeKillMax?: number;
  /** An entry to run in place of Purser's own: how a mutant is put to the proof. */
  readonly entry?: string;
  readonly onKill?: (kill: number, completions: number) => void;
};

export type CrashVerdict = {
  readonly findings: readonly Finding[];
  readonly kills: number;
  /** Kills with at least one call in flight. */
  readonly killsUnderLoad: number;
  readonly completions: number;
  readonly brokenCalls: number;
  readonly rows: number;
  readonly lostRows: number;
  /** Files that compactions wrote. */
  readonly compactedFiles: number;
  /** What the ledger's own verification says at the end. */
  readonly sound: boolean;
};

const COMPLETIONS_BEFORE_KILL_MAX = 40;
const EXTRA_DELAY_MS_MAX = 25;
/** A gateway that completes nothing for so long is broken rather than slow. */
const COMPLETIONS_TIMEOUT_MS = 20_000;

export async function proveCrashes(options: CrashProofOptions): Promise<CrashVerdict> {
  const random = seededRandom(options.seed);
  await using scene = await startScene(options.seed);
  const load = startLoad(seededRandom(options.seed + 1), options.clients);
  const start = () => startGatewayProcess({ ...scene.gatewayOptions, ...entryOf(options) });
  await warmUp(start);
  const completionsMax = options.completionsBeforeKillMax ?? COMPLETIONS_BEFORE_KILL_MAX;
  let underLoad = 0;
  for (let kill = 1; kill <= options.kills; kill += 1) {
    const gateway = await start();
    const completions = randomInteger(random, 1, completionsMax);
    underLoad += (await runUntilKilled({ gateway, load, random, completions })) > 0 ? 1 : 0;
    options.onKill?.(kill, load.seen.length);
  }
  // The last start repairs what the last kill left, and ends as it should.
  const last = await start();
  load.gatewayIsUp(last.ready.gateway);
  await load.finish();
  await last.stop();
  const rows = await exportLedger(scene.gatewayOptions.data);
  const records: AuditedRecords = { seen: load.seen, served: scene.served(), rows };
  return {
    findings: audit(records),
    kills: options.kills,
    killsUnderLoad: underLoad,
    completions: load.seen.length,
    brokenCalls: load.brokenCalls(),
    rows: rows.length,
    lostRows: rows.filter((row) => row.outcome === "lost").length,
    compactedFiles: await countCompactedFiles(scene.gatewayOptions.data),
    sound: await isLedgerSound(scene.gatewayOptions.data),
  };
}

/** V8 keeps compiled code only of a process that ends by itself: later starts are twice as fast. */
async function warmUp(start: () => Promise<GatewayProcess>): Promise<void> {
  const gateway = await start();
  await gateway.stop();
}

function entryOf(options: CrashProofOptions): { readonly entry?: string } {
  return options.entry === undefined ? {} : { entry: options.entry };
}

type Life = {
  readonly gateway: GatewayProcess;
  readonly load: Load;
  readonly random: Random;
  readonly completions: number;
};

/** Resolves with the number of calls that were in flight at the kill. */
async function runUntilKilled({ gateway, load, random, completions }: Life): Promise<number> {
  const enough = load.completions(completions);
  load.gatewayIsUp(gateway.ready.gateway);
  await withinTime(enough);
  // Half of the kills come at the very byte that completed an answer, half a little later.
  if (random.next() < 0.5) await wait(random.next() * EXTRA_DELAY_MS_MAX);
  const inFlight = load.inFlight();
  load.gatewayIsDown();
  await gateway.kill();
  return inFlight;
}

async function withinTime(completions: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new Error("the gateway completed too few calls before its kill"));
  const timer = setTimeout(late, COMPLETIONS_TIMEOUT_MS);
  await Promise.race([completions, promise]);
  clearTimeout(timer);
}

async function countCompactedFiles(data: string): Promise<number> {
  const files = await readdir(data, { recursive: true });
  return files.filter((file) => file.endsWith(".parquet")).length;
}
