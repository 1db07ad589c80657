/** A simulator in this process and a real gateway process before it, on a data directory of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/index.ts";
import type { LedgerRow } from "./auditor/index.ts";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.ts";
import { exportLedger } from "./ledger-export.ts";

export type Stack = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly gateway: GatewayProcess;
  /** Stops the gateway in order, then reads the whole ledger through the command line. */
  readonly settleAndExport: () => Promise<readonly LedgerRow[]>;
};

export async function startStack(options: SimulatorOptions): Promise<Stack> {
  const data = await mkdtemp(join(tmpdir(), "purser-stack-"));
  const simulator = await startSimulator(options);
  const gateway = await startGatewayProcess({ upstream: simulator.url, data });
  const close = async (): Promise<void> => {
    await gateway.kill();
    await simulator.close();
    await rm(data, { recursive: true, force: true });
  };
  return {
    simulator,
    gateway,
    settleAndExport: async () => {
      const code = await gateway.stop();
      if (code !== 0) throw new Error(`the gateway ended with ${code}`);
      return exportLedger(data);
    },
    [Symbol.asyncDispose]: close,
  };
}
