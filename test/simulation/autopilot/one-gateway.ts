/** A gateway with policies between the real SDK and a simulator, on one virtual clock. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, durationMs, instant } from "../../../src/base/index.ts";
import type { CachePolicy } from "../../../src/domain/policy/index.ts";
import type { GatewayCounters, RunningGateway } from "../../../src/services/gateway/index.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../../src/simulator/index.ts";
import type { Exchange, LedgerReader } from "../../../src/stores/contracts/index.ts";
import { openLedgerReader } from "../../../src/stores/ledger/index.ts";
import { type WiringOptions, wireGateway } from "../wire-gateway.ts";

export const START_MS = Date.parse("2026-11-23T08:00:00Z");
/** Draws of a hold-out repeat from run to run. */
const SECRET = new Uint8Array(32).fill(7);
const EXCHANGES_MAX = 10_000;

export type PoliciedGateway = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly url: string;
  readonly clock: Clock;
  readonly gateway: RunningGateway;
  readonly counters: () => GatewayCounters;
  /** Settles what is on its way, then reads the ledger, oldest first. */
  readonly exchanges: () => Promise<readonly Exchange[]>;
  readonly reader: () => Promise<LedgerReader>;
};

export function autopilot(more: Partial<CachePolicy> = {}): CachePolicy {
  return {
    name: "autopilot",
    lever: "cache",
    match: {},
    mode: "apply",
    holdOut: 0,
    cache: { ownMarkers: "respect", stampedeHoldMsMax: durationMs(30_000), seed: 1 },
    ...more,
  };
}

export async function startPolicied(
  policies: readonly CachePolicy[],
  options: SimulatorOptions = {},
  wiring: Partial<WiringOptions> = {},
): Promise<PoliciedGateway> {
  const data = await mkdtemp(join(tmpdir(), "purser-policied-"));
  const simulator = await startSimulator({
    clock: "virtual",
    startAtMs: START_MS,
    compression: "off",
    ...options,
  });
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => performance.now(),
  };
  const wired = await wireGateway({
    ...{ upstream: simulator.url, data, clock, policies },
    ...{ secret: SECRET, ...wiring },
  });
  let closing: Promise<void> | null = null;
  let open: LedgerReader | null = null;
  const close = (): Promise<void> => {
    closing ??= wired.close();
    return closing;
  };
  const reader = async (): Promise<LedgerReader> => {
    await close();
    open ??= await openLedgerReader({ directory: data });
    return open;
  };
  return {
    simulator,
    url: wired.gateway.url,
    clock,
    gateway: wired.gateway,
    counters: () => wired.gateway.counters(),
    reader,
    exchanges: async () => {
      const found = await (await reader()).exchanges({
        since: null,
        until: null,
        limit: EXCHANGES_MAX,
      });
      return found.toReversed();
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      await open?.close();
      await simulator.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}
