/**
 * Kills the gateway process (SIGKILL) at random moments while deferred calls are accepted, submitted
 * and answered, and starts it again. Throws where an acknowledged call has no good answer in the end,
 * or where the ledger is not what the provider billed.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { randomInteger, seededRandom } from "../../../src/base/index.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { runCommand } from "../../e2e/run-command.ts";
import { type GatewayProcess, PURSER_SOURCE, startGatewayProcess } from "../gateway-process.ts";
import { exportLedger, isLedgerSound } from "../ledger-export.ts";
import { billedBy, measuredIn } from "./deferral-bed.ts";

const PROVIDER_KEY = "sk-ant-the-provider-knows-this-one";
const BATCH =
  "batch: { gatherFor: 1s, pollEvery: 1s, shortestDeadline: 0s, realTimeBefore: 1s, searchFor: 5s }";
const CALLS_EACH_MS = 40;
const RUNNING_MS = [200, 4_000] as const;
const ANSWERED_WITHIN_MS = 240_000;

export type KillRun = { readonly kills: number; readonly calls: number; readonly lost: number };

export async function playKills(seed: number, kills: number): Promise<KillRun> {
  const data = await mkdtemp(join(tmpdir(), "purser-kills-"));
  const simulator = await startSimulator({ seed, apiKeys: [PROVIDER_KEY], batchMs: [300, 1_500] });
  try {
    return await playOn({ data, simulator, seed, kills });
  } finally {
    await simulator.close();
    await rm(data, { recursive: true, force: true });
  }
}

type Play = {
  readonly data: string;
  readonly simulator: Simulator;
  readonly seed: number;
  readonly kills: number;
};

async function playOn({ data, simulator, seed, kills }: Play): Promise<KillRun> {
  const config = join(data, "purser.yaml");
  await writeFile(join(data, "provider-key"), PROVIDER_KEY, { mode: 0o600 });
  await writeFile(config, `upstream: { keyFile: provider-key }\n${BATCH}\n`);
  const key = await makeKey(data);
  const start = () => startGatewayProcess({ upstream: simulator.url, data, config });
  const random = seededRandom(seed);
  const places = new Set<string>();
  let lost = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const gateway = await start();
    const stop = new AbortController();
    const caller = callUntil(gateway, key, stop.signal, (place) => {
      if (place === null) lost += 1;
      else places.add(place);
    });
    await delay(randomInteger(random, ...RUNNING_MS));
    stop.abort();
    await gateway.kill();
    await caller;
  }
  const gateway = await start();
  try {
    await untilAnswered(gateway, key, places);
  } finally {
    await gateway.stop();
  }
  await expectSameBill(data, simulator);
  return { kills, calls: places.size, lost };
}

async function makeKey(data: string): Promise<string> {
  const words = ["keys", "create", "nightly", "--json", "--data", data];
  const { stdout } = await runCommand(process.execPath, [PURSER_SOURCE, ...words]);
  return JSON.parse(stdout).secret;
}

function post(gateway: GatewayProcess, key: string, index: number): Promise<Response> {
  return fetch(`${gateway.ready.gateway}/v1/messages`, {
    method: "POST",
    headers: {
      ...{ "x-api-key": key, "anthropic-version": "2023-06-01" },
      ...{ "x-purser-deadline": "1h", "x-purser-delivery": "poll" },
    },
    body: JSON.stringify({
      ...{ model: "claude-haiku-5-5", max_tokens: 60 },
      messages: [{ role: "user", content: `call ${index}` }],
    }),
  });
}

let made = 0;

/** `null` is told for a call that nobody heard of: it may have been accepted. */
async function callUntil(
  gateway: GatewayProcess,
  key: string,
  signal: AbortSignal,
  tell: (place: string | null) => void,
): Promise<void> {
  const running: Promise<void>[] = [];
  while (!signal.aborted) {
    made += 1;
    const call = post(gateway, key, made)
      .then((answer) => tell(answer.headers.get("location")))
      .catch(() => tell(null));
    running.push(call);
    await delay(CALLS_EACH_MS);
  }
  await Promise.all(running);
}

async function untilAnswered(
  gateway: GatewayProcess,
  key: string,
  places: ReadonlySet<string>,
): Promise<void> {
  const open = new Set(places);
  const until = performance.now() + ANSWERED_WITHIN_MS;
  while (open.size > 0) {
    for (const place of open) {
      const answer = await fetch(gateway.ready.gateway + place, { headers: { "x-api-key": key } });
      await answer.arrayBuffer();
      if (answer.status === 200) open.delete(place);
      else if (answer.status !== 202) throw new Error(`${place} was answered ${answer.status}`);
    }
    if (performance.now() > until) throw new Error(`${open.size} calls have no answer`);
    if (open.size > 0) await delay(500);
  }
}

/** Calls whose client heard nothing are billed and booked as well, so both are whole. */
async function expectSameBill(data: string, simulator: Simulator): Promise<void> {
  if (!(await isLedgerSound(data))) throw new Error("the ledger is not sound");
  const measured = measuredIn(await exportLedger(data));
  if (!isDeepStrictEqual(new Map([...measured].sort()), new Map([...billedBy(simulator)].sort()))) {
    throw new Error(`${measured.size} calls are booked, ${billedBy(simulator).size} were billed`);
  }
}
