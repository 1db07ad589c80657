/** What a crash proof plays on: the upstream and an empty data directory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "../../../src/simulator/index.ts";
import type { ServedResponse } from "../auditor/index.ts";
import type { GatewayOptions } from "../gateway-process.ts";
import { servedBy } from "../served.ts";

export type Scene = AsyncDisposable & {
  readonly gatewayOptions: GatewayOptions & { readonly data: string };
  readonly served: () => readonly ServedResponse[];
};

const CALL_RECORDS_MAX = 1_000_000;

export async function startScene(seed: number): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "purser-crash-"));
  const simulator = await startSimulator({ seed, callRecordsMax: CALL_RECORDS_MAX });
  return {
    gatewayOptions: {
      upstream: simulator.url,
      data: join(folder, "data"),
      compileCache: join(folder, "compiled"),
    },
    served: () => servedBy(simulator),
    [Symbol.asyncDispose]: async () => {
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
