/** Watches what can go wrong, and has it told: the detectors of `purser anomalies`, run by the job runner. */
import { randomBytes } from "node:crypto";
import { type Clock, HOUR_MS, instant } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import type { BudgetBook } from "../domain/budgets/index.ts";
import {
  type AlertDesk,
  type AlertTarget,
  makeAlertDesk,
  makeSendWebhook,
} from "../services/alerts/index.ts";
import type { JobRunner } from "../services/jobs/index.ts";
import type { LedgerReader, LedgerWriter, StateStore } from "../stores/contracts/index.ts";
import { anomalyTroubles, budgetTroubles, forecastTroubles } from "./alert-troubles.ts";
import type { Log } from "./log.ts";
import type { RunApart } from "./run-apart.ts";

export type AlertParts = {
  readonly config: LoadedConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly state: StateStore;
  readonly reader: LedgerReader;
  readonly writer: LedgerWriter;
  readonly book: BudgetBook;
  readonly jobs: JobRunner;
  readonly runApart: RunApart;
  readonly targets: readonly AlertTarget[];
};

const DELIVER_EVERY_MS = 10_000;
const ID_BYTES = 12;

export function startAlerts(parts: AlertParts): AlertDesk {
  const { config, log, clock, state, jobs } = parts;
  const desk = makeAlertDesk({
    store: state.alerts,
    targets: parts.targets,
    send: makeSendWebhook(),
    clock,
    newId: () => `al_${randomBytes(ID_BYTES).toString("hex")}`,
    cooldownMs: config.alerts.cooldownMs,
    onGivenUp: (failure) => {
      const message = `a webhook to ${failure.target} was given up`;
      log({ level: "error", event: "alert-given-up", message, data: { ...failure } });
    },
  });
  jobs.add({
    name: "alerts",
    intervalMs: DELIVER_EVERY_MS,
    run: async (signal) => {
      await tellOfLedger(parts, desk);
      await desk.deliver(signal);
    },
  });
  jobs.add({
    name: "alert-watch",
    intervalMs: config.alerts.watchEveryMs,
    run: (signal) => watch(parts, desk, signal),
  });
  return desk;
}

async function tellOfLedger({ writer }: AlertParts, desk: AlertDesk): Promise<void> {
  if (writer.state().kind === "ready") return;
  await desk.raise({
    ...{ key: "ledger", kind: "ledger-trouble", title: "The ledger cannot be written" },
    ...{ text: "Calls are refused or pass unmetered, as configured.", data: {} },
  });
}

/** A part that fails keeps no other from being looked at; the first failure is thrown at the end. */
async function watch(parts: AlertParts, desk: AlertDesk, signal: AbortSignal): Promise<void> {
  const { clock, config, reader, runApart, book } = parts;
  const failures: unknown[] = [];
  const look = async (
    find: () => Promise<readonly Parameters<AlertDesk["raise"]>[0][]>,
  ): Promise<void> => {
    try {
      for (const trouble of await find()) await desk.raise(trouble);
    } catch (error) {
      failures.push(error);
    }
  };
  const now = clock.now();
  await look(async () => budgetTroubles(book, now));
  await look(() => unknownModels(reader, instant(now - config.alerts.watchEveryMs - HOUR_MS)));
  await look(async () => anomalyTroubles(await runApart("anomalies", { since: "24h" }, signal)));
  if (book.definitions().length > 0) {
    await look(async () => forecastTroubles(await runApart("forecast", { top: 1 }, signal)));
  }
  if (failures.length > 0 && !signal.aborted) throw failures[0];
}

async function unknownModels(reader: LedgerReader, since: ReturnType<typeof instant>) {
  const { rows } = await reader.spend({
    ...{ since, until: null, by: ["model"], where: [], top: 100 },
  });
  return rows
    .filter(({ totals }) => totals.unpricedExchanges > 0)
    .map(({ group: [model = null], totals }) => ({
      key: `unknown-model/${model ?? ""}`,
      kind: "unknown-model" as const,
      title: `Calls of ${model ?? "no model"} have no price`,
      text: `${totals.unpricedExchanges} calls are in no sum. Give the model a price in purser.yaml.`,
      data: { model, calls: totals.unpricedExchanges },
    }));
}
