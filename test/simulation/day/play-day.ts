/** Plays a day in one process: faults at first, none at the end; hands out everybody's records. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "undici";
import {
  type Clock,
  instant,
  type Random,
  randomInteger,
  seededRandom,
} from "../../../src/base/index.ts";
import { type CallRecord, startSimulator } from "../../../src/simulator/index.ts";
import type { Exchange, LedgerReader } from "../../../src/stores/contracts/index.ts";
import { openLedgerReader } from "../../../src/stores/ledger/index.ts";
import type { ServedResponse } from "../auditor/index.ts";
import { servedBy } from "../served.ts";
import { wireGateway } from "../wire-gateway.ts";
import { type CallStory, tellCall } from "./byte-client.ts";
import { DAY_FAULTS, DAY_SCRIPT, planDayCall } from "./day-calls.ts";

export type PlayedDay = {
  readonly stories: readonly CallStory[];
  /** Those of the calm end of the day. */
  readonly calmStories: readonly CallStory[];
  readonly records: readonly CallRecord[];
  readonly served: readonly ServedResponse[];
  readonly exchanges: readonly Exchange[];
};

const ROUGH_ROUNDS = 18;
const CALM_ROUNDS = 6;
const CALLS_PER_ROUND = 8;
/** Long enough for five-minute entries to expire now and then. */
const MINUTES_BETWEEN_ROUNDS_MAX = 8;
const EXCHANGES_MAX = 10_000;

/** `question` may ask the ledger before everything is taken down. */
export async function playDay(
  seed: number,
  question: (reader: LedgerReader, day: PlayedDay) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "purser-day-"));
  await using simulator = await startSimulator({
    seed,
    clock: "virtual",
    script: DAY_SCRIPT,
    faults: DAY_FAULTS,
  });
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => performance.now(),
  };
  const wired = await wireGateway({ upstream: simulator.url, data, clock });
  const agent = new Agent();
  const random = seededRandom(seed);
  const play = (rounds: number) =>
    playRounds({
      random,
      rounds,
      agent,
      gateway: wired.gateway.url,
      advance: simulator.clock.advance,
    });
  const roughStories = await play(ROUGH_ROUNDS);
  simulator.setFaults([]);
  const calmStories = await play(CALM_ROUNDS);
  await agent.close();
  await wired.close();

  const reader = await openLedgerReader({ directory: data });
  const everything = { since: null, until: null, limit: EXCHANGES_MAX };
  try {
    await question(reader, {
      stories: [...roughStories, ...calmStories],
      calmStories,
      records: simulator.calls(),
      served: servedBy(simulator),
      exchanges: await reader.exchanges(everything),
    });
  } finally {
    await reader.close();
    await rm(data, { recursive: true, force: true });
  }
}

type Rounds = {
  readonly random: Random;
  readonly rounds: number;
  readonly agent: Agent;
  readonly gateway: string;
  readonly advance: (milliseconds: number) => void;
};

/** Calls of a round run at once; between rounds virtual time passes. */
async function playRounds(options: Rounds): Promise<readonly CallStory[]> {
  const stories: CallStory[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const calls = Array.from({ length: CALLS_PER_ROUND }, () => planDayCall(options.random));
    const told = calls.map((call) => tellCall(options.gateway, options.agent, call));
    stories.push(...(await Promise.all(told)));
    options.advance(randomInteger(options.random, 0, MINUTES_BETWEEN_ROUNDS_MAX) * 60_000);
  }
  return stories;
}
