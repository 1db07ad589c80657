/**
 * The batch service on real files against the simulator, on the simulator's clock: a test moves time
 * and has each kind of work done by hand. `crash` drops it as a kill would and opens it again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallId, type Clock, instant } from "../../../src/base/index.ts";
import { compileShowback } from "../../../src/domain/billing/index.ts";
import type { BudgetDefinition } from "../../../src/domain/budgets/index.ts";
import { compileCatalogue } from "../../../src/domain/catalogue/index.ts";
import {
  type BatchService,
  type BatchSettings,
  DEFAULT_BATCH_SETTINGS,
  openBatchService,
} from "../../../src/services/batch/index.ts";
import { BatchReservations, createPromptTree } from "../../../src/services/exchange/index.ts";
import { BudgetKeeper } from "../../../src/services/gateway/index.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import type { StateStore } from "../../../src/stores/contracts/index.ts";
import { openDataDirectory } from "../../../src/stores/data-directory/index.ts";
import { openLedgerReader, openLedgerWriter } from "../../../src/stores/ledger/index.ts";
import { openStateStore } from "../../../src/stores/state/index.ts";
import type { LedgerRow } from "../auditor/index.ts";
import { exportLedger, isLedgerSound } from "../ledger-export.ts";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
const KEY = "vk_test";
const SECRET = new Uint8Array(32).fill(7);

export type DeferralBed = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly events: string[];
  service: () => BatchService;
  state: () => StateStore;
  keeper: () => BudgetKeeper;
  /** Hands a call in; its answer has to be there after `deadlineMs`. */
  readonly accept: (name: string, deadlineMs: number, extra?: object) => Promise<CallId>;
  /** Moves time in steps, and lets every kind of work have its turn at each. */
  readonly pass: (milliseconds: number, stepMs?: number) => Promise<void>;
  readonly round: () => Promise<void>;
  readonly crash: () => Promise<void>;
  readonly answer: (id: CallId) => Promise<{ status: number; by: string; body: unknown } | null>;
  /** Closes, verifies and exports the ledger. */
  readonly rows: () => Promise<readonly LedgerRow[]>;
};

const NEVER = new AbortController().signal;

export async function startDeferralBed(
  simulated: Parameters<typeof startSimulator>[0] = {},
  settings: Partial<BatchSettings> = {},
  budgets: readonly BudgetDefinition[] = [],
): Promise<DeferralBed> {
  const data = await mkdtemp(join(tmpdir(), "purser-deferral-"));
  const batchMs: [number, number] = [10 * MINUTE_MS, 20 * MINUTE_MS];
  const simulator = await startSimulator({ clock: "virtual", batchMs, ...simulated });
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => simulator.clock.nowMs(),
  };
  const events: string[] = [];
  const opening = { data, simulator, clock, events, settings, budgets };
  let parts = await openParts(opening);
  const round = (): Promise<void> => doRound(parts.service, events);
  const close = async (): Promise<void> => {
    await parts.close();
    await simulator.close();
    await rm(data, { recursive: true, force: true });
  };
  return {
    simulator,
    events,
    service: () => parts.service,
    state: () => parts.state,
    keeper: () => parts.keeper,
    accept: async (name, deadlineMs, extra = {}) => {
      const now = clock.now();
      const accepted = await parts.service.desk.accept({
        ...{ key: KEY, attributes: attributesOf(name), receivedAt: now, isRetry: false },
        deadlineAt: instant(now + deadlineMs),
        ...{ apiVersion: "2023-06-01", betas: [], prefix: "", identity: null, webhook: null },
        body: requestOf(name),
        ...extra,
      });
      if (accepted.kind === "refused") throw new Error(accepted.refusal.what);
      if (accepted.kind !== "accepted") throw new Error(accepted.what);
      return accepted.id;
    },
    pass: async (milliseconds, stepMs = MINUTE_MS) => {
      for (let passed = 0; passed < milliseconds; passed += stepMs) {
        simulator.clock.advance(Math.min(stepMs, milliseconds - passed));
        await round();
      }
    },
    round,
    crash: async () => {
      await parts.close();
      parts = await openParts(opening);
    },
    answer: async (id) => {
      const outcome = await parts.service.desk.look(id, KEY);
      if (outcome.kind !== "answered") return null;
      const { status, by, body } = outcome;
      return { status, by, body: JSON.parse(body.toString()) };
    },
    rows: async () => {
      await parts.close();
      if (!(await isLedgerSound(data))) throw new Error("the ledger is not sound");
      const rows = await exportLedger(data);
      parts = await openParts(opening);
      return rows;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A round may meet faults; in a process the job runner would tell them and go on. */
async function doRound(service: BatchService, events: string[]): Promise<void> {
  for (const work of [service.submit, service.collect, service.callPressing]) {
    await work(NEVER).catch((error) => events.push(String(error)));
  }
  await service.realTimeEnded();
}

type Opening = {
  readonly data: string;
  readonly simulator: Simulator;
  readonly clock: Clock;
  readonly events: string[];
  readonly settings: Partial<BatchSettings>;
  readonly budgets: readonly BudgetDefinition[];
};

async function openParts({ data, simulator, clock, events, settings, budgets }: Opening) {
  const fillRandom = (bytes: Uint8Array): void => void crypto.getRandomValues(bytes);
  const directory = openDataDirectory({ path: data, clock, fillRandom });
  const ledger = await openLedgerWriter({ directory, clock });
  const reader = await openLedgerReader({ directory: data });
  const state = await openStateStore({ directory: data, create: true });
  const catalogue = compileCatalogue({ models: [], discounts: [] });
  const showback = compileShowback([]);
  const keeper = new BudgetKeeper({
    ...{ catalogue, clock, log: () => {} },
    charges: (question) => reader.charges(question),
  });
  const service = openBatchService({
    reservations: new BatchReservations(keeper),
    ...{ clock, fillRandom, ledger, state, installationSecret: SECRET },
    settings: { ...DEFAULT_BATCH_SETTINGS, ...settings },
    prompts: createPromptTree(SECRET),
    settling: () => ({ catalogue, showback, billedAfterCut: "generated-so-far" }),
    versions: () => ({ purser: "", config: "", prices: "", policy: "" }),
    log: ({ event, message }) => void events.push(`${event}: ${message}`),
    upstreamUrl: simulator.url,
    upstreamKey: () => "sk-ant-provider",
    upstreamTimeoutMs: 30_000,
  });
  await service.resume();
  await keeper.define(budgets);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await service.close();
    await reader.close();
    await state.close();
    await ledger.close();
  };
  return { service, state, keeper, close };
}

function attributesOf(name: string) {
  return {
    ...{ key: KEY, user: name, userType: null, team: null, endpoint: "nightly", session: null },
    ...{ tags: {}, client: null },
  };
}

export function requestOf(name: string, model = "claude-sonnet-5-5"): Buffer {
  const messages = [{ role: "user", content: `Say ${name}` }];
  return Buffer.from(JSON.stringify({ model, max_tokens: 200, messages }));
}

/** Every message that the provider billed, with what it billed. */
export function billedBy(simulator: Simulator): ReadonlyMap<string, bigint> {
  const billed = simulator.calls().filter((call) => call.messageId !== null);
  return new Map(billed.map((call) => [call.messageId ?? "", call.bill.totalPicoUsd]));
}

export function measuredIn(rows: readonly LedgerRow[]): ReadonlyMap<string, bigint> {
  const whole = rows.filter((row) => row.messageId !== null);
  return new Map(whole.map((row) => [row.messageId ?? "", row.measuredPicoUsd ?? -1n]));
}
