/** What the demo plays on: the simulator, and all of Purser before it, in this process. */
import { type Clock, type Instant, instant } from "../../base/index.ts";
import { type LoadedConfig, loadConfig } from "../../config/index.ts";
import { type Simulator, startSimulator } from "../../simulator/index.ts";
import type { Log } from "../log.ts";
import { type RunningPurser, startPurser } from "../start-purser.ts";
import type { DayClock } from "./drive-day.ts";
import { DEMO_FAULTS, demoScript } from "./simulated-replies.ts";

export type Stage = {
  readonly simulator: Simulator;
  readonly purser: RunningPurser;
  readonly config: LoadedConfig;
  /** The virtual day's clock: simulator, gateway and ledger all go by it. */
  readonly clock: DayClock;
  /** Lets virtual time run on with real time, for whoever calls after the day. */
  readonly letTimeRun: () => void;
  readonly close: () => Promise<void>;
};

export type StageOptions = {
  readonly seed: number;
  readonly midnight: Instant;
  /** An absolute path. */
  readonly data: string;
  readonly port: string;
  readonly controlPort: string;
  readonly log: Log;
};

const TICK_MS = 1_000;

/** Errors: those of the simulator's and Purser's own start. Nothing is left running then. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const simulator = await startSimulator({
    seed: options.seed,
    clock: "virtual",
    startAtMs: options.midnight,
    script: demoScript(options.seed),
    faults: DEMO_FAULTS,
  });
  try {
    return await startPurserBefore(simulator, options);
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

async function startPurserBefore(simulator: Simulator, options: StageOptions): Promise<Stage> {
  const config = demoConfig(simulator.url, options);
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => performance.now(),
  };
  const purser = await startPurser(config, options.log, { clock });
  let ticking: NodeJS.Timeout | null = null;
  return {
    simulator,
    purser,
    config,
    clock: {
      advanceTo: async (at) => simulator.clock.advance(at - simulator.clock.nowMs()),
    },
    letTimeRun: () => {
      ticking ??= setInterval(() => simulator.clock.advance(TICK_MS), TICK_MS).unref();
    },
    close: async () => {
      if (ticking !== null) clearInterval(ticking);
      await purser.close();
      await simulator.close();
    },
  };
}

/** Defaults only: neither the user's configuration nor the environment may decide what a demo shows. */
function demoConfig(upstream: string, options: StageOptions): LoadedConfig {
  const { data, port, controlPort } = options;
  return loadConfig({
    flags: { upstream, data, port, "control-port": controlPort },
    environment: {},
    workingDirectory: data,
  });
}
