/** The batch service with its jobs: calls that can wait go into batches, in the background. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import {
  type BatchService,
  type BatchSettings,
  DEFAULT_BATCH_SETTINGS,
  openBatchService,
} from "../services/batch/index.ts";
import type { BatchReservations } from "../services/exchange/index.ts";
import { createPromptTree } from "../services/exchange/index.ts";
import type { JobRunner } from "../services/jobs/index.ts";
import type { LedgerWriter, StateStore } from "../stores/contracts/index.ts";
import type { Log } from "./log.ts";
import type { Snapshot } from "./snapshot.ts";
import { systemFillRandom } from "./system-values.ts";

export type BatchParts = {
  readonly config: LoadedConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly writer: LedgerWriter;
  readonly installationSecret: Uint8Array;
  readonly state: StateStore;
  readonly jobs: JobRunner;
  /** The one that is in force. */
  readonly snapshot: () => Snapshot;
  readonly reservations: BatchReservations;
};

/** So often the queue is looked through for what is due. */
const LOOK_EVERY_MS = 2_000;
const TIDY_EVERY_MS = 3_600_000;

export function startBatches(parts: BatchParts): BatchService {
  const { config, jobs, snapshot } = parts;
  const service = openBatchService({
    ...parts,
    settings: batchSettings(config),
    ledger: parts.writer,
    prompts: createPromptTree(parts.installationSecret),
    fillRandom: systemFillRandom,
    settling: () => {
      const { catalogue, showback } = snapshot();
      return { catalogue, showback, billedAfterCut: config.gateway.billedAfterCut };
    },
    versions: () => snapshot().versions,
    upstreamUrl: config.upstream.url,
    upstreamKey: () => config.upstream.key,
    upstreamTimeoutMs: config.upstream.firstByteTimeoutMs,
  });
  const every = (intervalMs: number) => Math.min(LOOK_EVERY_MS, intervalMs);
  const { gatherMs, pollMs, realTimeBeforeMs } = config.batch;
  jobs.add({ name: "batch-submit", intervalMs: every(gatherMs), run: service.submit });
  jobs.add({ name: "batch-collect", intervalMs: pollMs, run: service.collect });
  jobs.add({
    name: "batch-real-time",
    intervalMs: every(realTimeBeforeMs),
    run: service.callPressing,
  });
  jobs.add({ name: "batch-tidy", intervalMs: TIDY_EVERY_MS, run: service.tidyUp });
  return service;
}

/** Calls in real time may end in the time that there is; what is not ended by then is broken off. */
export async function closeBatches(
  service: BatchService,
  jobs: JobRunner,
  graceMs: number,
): Promise<void> {
  const closing = jobs.close();
  const ended = closing.then(() => service.realTimeEnded());
  await Promise.race([ended, delay(graceMs, undefined, { ref: false })]);
  await service.close();
  await ended;
}

function batchSettings({ batch }: LoadedConfig): BatchSettings {
  const { gatherMs, pollMs, realTimeBeforeMs, callsMax, searchMs: unsureMs } = batch;
  return { ...DEFAULT_BATCH_SETTINGS, gatherMs, pollMs, realTimeBeforeMs, callsMax, unsureMs };
}
