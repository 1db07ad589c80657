/**
 * Starts the whole of Purser in this process, in the order in which the parts stand on one another,
 * and stops it in the opposite order. A failure on the way takes down what already stands.
 */
import { randomBytes } from "node:crypto";
import { type Clock, PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { type ControlPlane, startControl } from "../faces/http/index.ts";
import { BatchReservations } from "../services/exchange/index.ts";
import {
  type BudgetKeeper,
  DEFAULT_GATEWAY_SETTINGS,
  type GatewayRules,
  type GatewaySettings,
  type RunningGateway,
  startGateway,
} from "../services/gateway/index.ts";
import { createJobRunner, type JobRunner } from "../services/jobs/index.ts";
import type {
  DataDirectory,
  LedgerReader,
  LedgerWriter,
  StateStore,
} from "../stores/contracts/index.ts";
import { openDataDirectory } from "../stores/data-directory/index.ts";
import {
  openLedgerMaintenance,
  openLedgerReader,
  openLedgerWriter,
  type RecoveringLedgerWriter,
} from "../stores/ledger/index.ts";
import { openStateStore } from "../stores/state/index.ts";
import { alertTargetsOf } from "./alert-targets.ts";
import { gatewayMetrics, jobMetrics, ledgerMetrics, reloadMetrics } from "./gateway-metrics.ts";
import { type Log, reasonOf } from "./log.ts";
import { makeContext } from "./operation-context.ts";
import { Reloader, type ReloadTrigger } from "./reloader.ts";
import { makeRunApart } from "./run-apart.ts";
import { compileSnapshot, type Snapshot } from "./snapshot.ts";
import { startAlerts } from "./start-alerts.ts";
import { closeBatches, startBatches } from "./start-batches.ts";
import { startBudgets } from "./start-budgets.ts";
import { purserVersion, systemClock, systemFillRandom } from "./system-values.ts";

export type RunningPurser = {
  readonly gateway: string;
  readonly control: string;
  /** A secret. */
  readonly token: string;
  readonly dataDirectory: string;
  /** Reads the configuration again and puts it in force; the log tells what became of it. */
  readonly reload: (trigger: ReloadTrigger) => void;
  /** Lets calls in flight finish, settles them, and lets go of everything. Harmless to repeat. */
  readonly close: () => Promise<void>;
};

/** Well under the time that such a call may be late. */
const KEEP_ALIVE_EVERY_MS = 2_000;
const TOKEN_BYTES = 24;

/**
 * Errors: `LEDGER_LOCKED` when another process holds the data directory, the other `LEDGER_*` codes,
 * the `STATE_*` codes, `GATEWAY_PORT_UNUSABLE`, `CONTROL_PORT_TAKEN`, `CATALOGUE_OVERRIDE_INVALID`,
 * `ALERT_SECRET_MISSING`, `ALERT_TARGET_INVALID`, `ALERT_TARGET_PRIVATE`.
 */
export async function startPurser(
  config: LoadedConfig,
  log: Log,
  { clock = systemClock, load = () => config }: StartOptions = {},
): Promise<RunningPurser> {
  const closers: Closers = [];
  const close = closeOnce(closers);
  try {
    return { ...(await startParts({ config, log, clock, load, closers })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

export type StartOptions = {
  /** The machine's own by default. The demo brings a clock of its own. */
  readonly clock?: Clock;
  /** Reads the configuration again, for a reload; by default it stays as it is. */
  readonly load?: () => LoadedConfig;
};

type Closers = (() => Promise<void>)[];

/** What every part is started with. */
type Setting = {
  readonly config: LoadedConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly load: () => LoadedConfig;
  /** What stands, in the order in which it was put up. */
  readonly closers: Closers;
};

async function startParts(setting: Setting): Promise<Omit<RunningPurser, "close">> {
  const { config, log, clock, closers } = setting;
  const first = compileSnapshot(config);
  // Read before anything stands: a target that is wrong must not stop a gateway that has opened.
  const alertTargets = alertTargetsOf(config, process.env);
  for (const message of first.catalogue.warnings) {
    log({ level: "warn", event: "config-warning", message, data: {} });
  }
  const ledger = await openLedger(setting);
  const reader = await openLedgerReader({ directory: ledger.directory.path });
  closers.push(() => reader.close());
  const state = await openStateStore({ directory: ledger.directory.path, create: true });
  closers.push(() => state.close());
  const { load } = setting;
  const reloader: Reloader = new Reloader({
    ...{ first, load, log },
    enforce: (next, swap) =>
      budgets.enforceWith(next, () => {
        swap();
        gateway.useRules(rulesOf(next));
      }),
  });
  const snapshot = (): Snapshot => reloader.current;
  const budgets = startBudgets({ config, log, clock, snapshot, reader, state });
  const reservations = new BatchReservations(budgets.keeper);
  const jobs = startJobs(setting, ledger);
  const batch = startBatches({
    ...{ ...setting, state, jobs, snapshot, writer: ledger.writer },
    ...{ installationSecret: ledger.directory.secret, reservations },
  });
  closers.push(() => closeBatches(batch, jobs, config.gateway.shutdownTimeoutMs));
  await batch.resume();
  const stopBudgets = await budgets.enforce();
  closers.push(async () => stopBudgets());
  const gateway = await startGateway({
    settings: gatewaySettings(config),
    ledger: ledger.writer,
    ...rulesOf(first),
    budgets: budgets.keeper,
    clock,
    fillRandom: systemFillRandom,
    installationSecret: ledger.directory.secret,
    batches: state.batches,
    reservations,
    deferral: batch.desk,
    log,
  });
  await followKeys(setting, state, gateway);
  tend(setting, jobs, gateway);
  const token = config.control.token ?? randomBytes(TOKEN_BYTES).toString("base64url");
  const control = await openControl(setting, {
    token,
    gateway,
    jobs,
    reader,
    reloader,
    state,
    budgets: budgets.keeper,
    writer: ledger.writer,
  });
  closers.push(() => control.close());
  startAlerts({
    ...{ ...setting, targets: alertTargets, state, reader, jobs, writer: ledger.writer },
    ...{ book: budgets.keeper.book, runApart: makeRunApart(() => reloader.current.config) },
  });
  ledger.directory.announce(gateway.url, control.url);
  const dataDirectory = ledger.directory.path;
  const reload = reloader.reloadUnasked;
  return { gateway: gateway.url, control: control.url, token, dataDirectory, reload };
}

/** Without the configuration, which holds secrets that calls have no use for. */
function rulesOf({ catalogue, showback, policies, limits, versions }: Snapshot): GatewayRules {
  return { catalogue, showback, policies, limits, versions };
}

/** What a running gateway is asked for again and again, and at its end. */
function tend({ config, closers }: Setting, jobs: JobRunner, gateway: RunningGateway): void {
  jobs.add({ name: "keep-alive", intervalMs: KEEP_ALIVE_EVERY_MS, run: gateway.keepAlive });
  closers.push(() => gateway.close({ graceMs: config.gateway.shutdownTimeoutMs }));
}

/** Before the first call, and whenever a key changes: here, or in another process. */
async function followKeys(
  { log, closers }: Setting,
  state: StateStore,
  gateway: RunningGateway,
): Promise<void> {
  const onChange = async (): Promise<void> => gateway.useKeys(await state.keys.list());
  const onFailure = (error: unknown): void => {
    const message = "the virtual keys cannot be read; the ones that are known still hold";
    log({ level: "error", event: "keys-unread", message, data: { reason: reasonOf(error) } });
  };
  await onChange();
  const stop = state.watch("keys", { onChange, onFailure });
  closers.push(async () => stop());
}

type OpenLedger = { readonly directory: DataDirectory; readonly writer: RecoveringLedgerWriter };

/** The writer owns the directory once it is open, and lets go of both at its end. */
async function openLedger({ config, log, clock, closers }: Setting): Promise<OpenLedger> {
  const directory = openDataDirectory({
    path: config.data.directory,
    clock,
    fillRandom: systemFillRandom,
  });
  closers.push(async () => directory.release());
  const writer = await openLedgerWriter({ directory, clock });
  closers.push(() => writer.close());
  for (const { code, file, message } of writer.recovered) {
    log({ level: "warn", event: "ledger-recovered", message, data: { code, file } });
  }
  return { directory, writer };
}

/** Intervals are real time, whatever the clock: files grow by it. */
function startJobs(
  { config, log, closers }: Setting,
  { directory, writer }: OpenLedger,
): JobRunner {
  const jobs = createJobRunner({ clock: systemClock, onFailure: jobFailed(log) });
  const maintenance = openLedgerMaintenance({ directory: directory.path, writer });
  closers.push(async () => {
    await Promise.all([jobs.close(), maintenance.close()]);
  });
  jobs.add({
    name: "compaction",
    intervalMs: config.ledger.compactEveryMs,
    run: async () => {
      if (maintenance.isDue()) await maintenance.compact().catch(unlessBusy);
    },
  });
  return jobs;
}

/** While an import has the ledger, a compaction is due again at the next turn. */
function unlessBusy(error: unknown): void {
  if (!(error instanceof PurserError && error.code === "LEDGER_BUSY")) throw error;
}

type ControlParts = {
  readonly token: string;
  readonly gateway: RunningGateway;
  readonly jobs: JobRunner;
  readonly reader: LedgerReader;
  readonly reloader: Reloader;
  readonly state: StateStore;
  readonly budgets: BudgetKeeper;
  readonly writer: LedgerWriter;
};

function openControl({ config, log, clock }: Setting, parts: ControlParts): Promise<ControlPlane> {
  const { budgets, gateway, jobs, reader, reloader, state, writer } = parts;
  const currentConfig = (): LoadedConfig => reloader.current.config;
  const ledgerReady = (): boolean => writer.state().kind === "ready";
  return startControl({
    host: config.control.host,
    port: config.control.port,
    version: purserVersion(),
    token: parts.token,
    allowedHosts: config.control.allowedHosts,
    withContext: async (signal, use) => {
      const { context, close } = makeContext({
        config: currentConfig,
        signal,
        clock,
        ledger: reader,
        state,
        budgets: budgets.book,
        reload: () => reloader.reload("operation"),
      });
      try {
        return await use(context);
      } finally {
        await close();
      }
    },
    runApart: makeRunApart(currentConfig),
    metrics: () => [
      ...gatewayMetrics(gateway.counters()),
      ...ledgerMetrics(ledgerReady()),
      ...jobMetrics(jobs.states()),
      ...reloadMetrics(reloader.counts),
    ],
    health: () =>
      ledgerReady()
        ? { status: "ok", ledger: "ready" }
        : { status: "degraded", ledger: "not writable" },
    onFault: ({ id, error }) => {
      const message = "the control plane failed on a request";
      const data = { id, reason: reasonOf(error) };
      log({ level: "error", event: "control-fault", message, data });
    },
  });
}

function gatewaySettings(config: LoadedConfig): GatewaySettings {
  const { upstream, gateway, ledger } = config;
  return {
    ...DEFAULT_GATEWAY_SETTINGS,
    host: gateway.host,
    port: gateway.port,
    upstream: upstream.url,
    upstreamProxy: upstream.proxy,
    upstreamKey: upstream.key,
    passThrough: gateway.passThrough,
    requestBodyBytesMax: gateway.bodyBytesMax,
    requestHeaderBytesMax: gateway.headerBytesMax,
    concurrentCallsMax: gateway.callsMax,
    clientConnectionsMax: gateway.connectionsMax,
    clientRequestTimeoutMs: gateway.requestTimeoutMs,
    upstreamConnectTimeoutMs: upstream.connectTimeoutMs,
    upstreamFirstByteTimeoutMs: upstream.firstByteTimeoutMs,
    upstreamIdleTimeoutMs: upstream.idleTimeoutMs,
    onClientGone: gateway.onClientGone,
    onLedgerFailure: ledger.onFailure,
    billedAfterCut: gateway.billedAfterCut,
    streamedDeferral: config.batch.streamed,
    deferralMsMin: config.batch.shortestDeadlineMs,
  };
}

function jobFailed(log: Log): (name: string, error: unknown) => void {
  return (job, error) => {
    const code = error instanceof PurserError ? error.code : "INTERNAL_FAULT";
    const data = { job, code, reason: reasonOf(error) };
    log({ level: "error", event: "job-failed", message: `the job ${job} failed`, data });
  };
}

/** Newest first. One that fails does not keep the others open; the first failure is thrown. */
function closeOnce(closers: Closers): () => Promise<void> {
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of closers.toReversed()) await close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  return () => {
    closing ??= closeAll();
    return closing;
  };
}
