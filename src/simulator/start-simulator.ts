/** Starts a simulated Claude API on a real socket. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PurserError } from "../base/index.ts";
import { processDueBatches } from "./batches/index.ts";
import type { CallRecord } from "./calls/index.ts";
import type { FaultRule } from "./faults/index.ts";
import type { SimulatorOptions } from "./options.ts";
import { SCENARIOS, type Scenario, type ScriptEntry, scenarioNamed } from "./replies/index.ts";
import { route } from "./route.ts";
import { createState, type SimulatorState } from "./simulator-state.ts";

/** Headers beyond this are refused with 431. */
const HEADER_BYTES_MAX = 64 * 1024;
const KEEP_ALIVE_MS = 65_000;

export type Simulator = {
  /** For `ANTHROPIC_BASE_URL`; no slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly clock: {
    readonly kind: "real" | "virtual";
    readonly nowMs: () => number;
    readonly advance: (milliseconds: number) => void;
  };
  /**
   * Records of the calls and of the batches' requests that are done by now, oldest first, at most
   * `callRecordsMax`.
   */
  readonly calls: () => readonly CallRecord[];
  readonly clearCalls: () => void;
  /** Adds scripted replies behind those that stand; returns how to take them away. */
  readonly script: (entries: readonly ScriptEntry[]) => () => void;
  /** Replaces the fault rules, those of the scenario too. */
  readonly setFaults: (rules: readonly FaultRule[]) => void;
  /** Live and expired entries of the prompt cache. */
  readonly cacheEntries: () => number;
  /** Stops listening and closes every connection, those in use too. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * Starts a simulator; resolves when it listens. Throws `SIMULATOR_SCENARIO_UNKNOWN` or
 * `SIMULATOR_PORT_UNAVAILABLE`.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const state = createState(options, chooseScenario(options.scenario ?? "steady"));
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: 0 },
    (request, response) => void route(state, request, response),
  );
  await listen(server, options.port ?? 0, options.host ?? "127.0.0.1");
  return faceOf(state, server);
}

function chooseScenario(wanted: Scenario | string): Scenario {
  if (typeof wanted !== "string") return wanted;
  const found = scenarioNamed(wanted);
  if (found !== null) return found;
  throw new PurserError("SIMULATOR_SCENARIO_UNKNOWN", {
    what: `there is no scenario "${wanted.slice(0, 60)}"`,
    mend: `name one of: ${SCENARIOS.map(({ name }) => name).join(", ")}`,
  });
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const what = `cannot listen on ${host}:${port} (${cause.code ?? cause.message})`;
      reject(new PurserError("SIMULATOR_PORT_UNAVAILABLE", { what, cause }));
    });
    server.listen(port, host, resolve);
  });
}

function faceOf(state: SimulatorState, server: Server): Simulator {
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  const close = () => closeServer(server);
  const { clock } = state;
  return {
    url: `http://${host}:${port}`,
    host: address,
    port,
    seed: state.seed,
    scenario: state.scenario,
    clock: { kind: clock.kind, nowMs: clock.nowMs, advance: clock.advance },
    calls: () => {
      processDueBatches(state);
      return state.calls.list();
    },
    clearCalls: () => state.calls.clear(),
    script: (entries) => state.script.add(entries),
    setFaults: (rules) => state.faults.set(rules),
    cacheEntries: () => state.cache.size,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
