/**
 * `purser demo`: a virtual day of mixed traffic by the official SDK, through the gateway, to the
 * simulated API; then the bill, read back from the ledger and held against the simulator's own.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { instant, PurserError, parseInstant, seededRandom } from "../base/index.ts";
import { type CommandCall, type CommandLineIo, EXIT } from "../faces/cli/index.ts";
import type { OperationContext } from "../operations/index.ts";
import { renderBill } from "./demo/bill-page/index.ts";
import { createCaller } from "./demo/caller.ts";
import { checkBooks } from "./demo/check-books.ts";
import { dayAsJson } from "./demo/day-as-json.ts";
import { driveDay } from "./demo/drive-day.ts";
import { planDay } from "./demo/plan-day.ts";
import { createProgress } from "./demo/progress.ts";
import { type DayReading, readDayBill, untilSettled } from "./demo/read-day-bill.ts";
import { type Stage, startStage } from "./demo/stage.ts";
import { renderWhereNext } from "./demo/where-next.ts";
import type { Log } from "./log.ts";
import { makeContext } from "./operation-context.ts";
import { firstStopSignal } from "./stop-signals.ts";

/** A Wednesday. Fixed, so that a seed gives the same bill on every day. */
const DATE = "2026-11-18";
const MIDNIGHT = parseInstant(DATE) ?? instant(0);
const API_KEY = "sk-ant-demo";
const EXIT_STOPPED = 130;

export async function runDemo({ input, json, place, io }: CommandCall): Promise<number> {
  const stop = new AbortController();
  const stopped = firstStopSignal(() => {}).then(() => stop.abort());
  const seed = Number(input.seed);
  const data = resolve(place.data ?? (await mkdtemp(join(tmpdir(), "purser-demo-"))));
  const log = onlyErrors(io);
  const port = String(input.port);
  const controlPort = String(input.controlPort);
  const stage = await startStage({ seed, midnight: MIDNIGHT, data, port, controlPort, log });
  try {
    return await withReadings(stage, stop.signal, async (context) => {
      await refuseUsedLedger(context, data);
      await playDay(stage, seed, stop.signal, io);
      if (stop.signal.aborted) return EXIT_STOPPED;
      await untilSettled(context);
      const reading = await readDayBill(context, DATE);
      const agrees = showDay(stage, reading, { json, stays: input.once !== true, io });
      if (input.once === true) return agrees ? EXIT.ok : EXIT.failed;
      stage.letTimeRun();
      await stopped;
      return EXIT.ok;
    });
  } finally {
    await stage.close();
  }
}

async function withReadings(
  stage: Stage,
  signal: AbortSignal,
  use: (context: OperationContext) => Promise<number>,
): Promise<number> {
  const { context, close } = makeContext({ config: () => stage.config, signal });
  try {
    return await use(context);
  } finally {
    await close();
  }
}

/** A second day in the same ledger would stand on the same date, and no book would add up. */
async function refuseUsedLedger(context: OperationContext, data: string): Promise<void> {
  const reader = await context.ledger();
  if ((await reader.span()) === null) return;
  throw new PurserError("CLI_FLAG_INVALID", {
    what: "this directory holds a ledger already, and the demo needs an empty one",
    where: `--data ${data}`,
    mend: "Name a new directory, or leave --data out.",
  });
}

async function playDay(
  stage: Stage,
  seed: number,
  signal: AbortSignal,
  io: CommandLineIo,
): Promise<void> {
  const { gateway } = stage.purser;
  io.writeError(`A day of traffic goes through ${gateway} to a simulated API (seed ${seed}) …\n`);
  const caller = createCaller(gateway, API_KEY);
  const progress = createProgress(io);
  const random = seededRandom(seed);
  await driveDay(planDay({ midnight: MIDNIGHT, random, ask: caller.ask }), {
    clock: stage.clock,
    onStep: (at) => progress.step(at, caller.counts()),
    signal,
  });
  progress.done();
}

type Showing = { readonly json: boolean; readonly stays: boolean; readonly io: CommandLineIo };

/** Prints the bill; returns whether the ledger agrees with the simulator. */
function showDay(stage: Stage, { bill, completed }: DayReading, showing: Showing): boolean {
  const check = checkBooks(stage.simulator, completed);
  const { gateway, control, token, dataDirectory: data } = stage.purser;
  if (showing.json) {
    const facts = { ...dayAsJson(bill), books_agree: check.agrees, data };
    showing.io.writeOut(`${JSON.stringify(facts)}\n`);
    return check.agrees;
  }
  const open = showing.stays ? { gateway, control, token } : CLOSED;
  const pages = [renderBill(bill), `${check.text}\n`, renderWhereNext({ data, ...open })];
  showing.io.writeOut(`\n${pages.join("\n")}`);
  return check.agrees;
}

const CLOSED = { gateway: null, control: null, token: null } as const;

/** The demo makes calls fail on purpose; what the gateway says of those is no news. */
function onlyErrors(io: CommandLineIo): Log {
  return ({ level, message }) => {
    if (level === "error") io.writeError(`error: ${message}\n`);
  };
}
