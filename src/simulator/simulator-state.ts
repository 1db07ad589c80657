/** Everything that lives as long as one simulator does. */
import { seededRandom } from "../base/index.ts";
import { type Assumptions, DEFAULT_ASSUMPTIONS } from "./assumptions.ts";
import { BatchBook } from "./batches/index.ts";
import { PromptCache } from "./cache/index.ts";
import { CALL_RECORDS_MAX, CallBook } from "./calls/index.ts";
import { type SimulatedClock, startClock } from "./clock/index.ts";
import { FaultRules } from "./faults/index.ts";
import { DEFAULT_RATE_LIMITS, RateLimiter } from "./limits/index.ts";
import type { Fingerprint } from "./messages/index.ts";
import type { SimulatorOptions } from "./options.ts";
import { type Scenario, Script } from "./replies/index.ts";

export type SimulatorState = {
  readonly options: SimulatorOptions;
  readonly seed: number;
  readonly assumptions: Assumptions;
  readonly clock: SimulatedClock;
  readonly cache: PromptCache;
  readonly calls: CallBook;
  readonly batches: BatchBook;
  readonly script: Script;
  readonly faults: FaultRules;
  readonly rateLimiter: RateLimiter;
  readonly scenario: Scenario;
  readonly fingerprints: Map<string, Fingerprint>;
  /** Told of a bug of the simulator's own; the client gets a 500. */
  readonly onBug: (error: unknown) => void;
  /** Counters, so that ids and turns are the same in every run of a seed. */
  readonly counted: { requests: number; messages: number; batches: number };
};

export function createState(options: SimulatorOptions, scenario: Scenario): SimulatorState {
  const seed = options.seed ?? 1;
  const assumptions = { ...DEFAULT_ASSUMPTIONS, ...options.assumptions };
  const faults = new FaultRules(seededRandom(seed ^ 0x5eed));
  faults.set([...(options.faults ?? []), ...scenario.faults]);
  const script = new Script();
  script.add(options.script ?? []);
  return {
    options,
    seed,
    assumptions,
    clock: startClock(
      options.clock ?? "real",
      options.startAtMs ?? null,
      options.wallClockMs ?? Date.now,
    ),
    cache: new PromptCache(assumptions),
    calls: new CallBook(options.callRecordsMax ?? CALL_RECORDS_MAX),
    batches: new BatchBook(),
    script,
    faults,
    rateLimiter: new RateLimiter({ ...DEFAULT_RATE_LIMITS, ...options.rateLimits }),
    scenario,
    fingerprints: new Map(),
    onBug: options.onBug ?? ((error) => console.error("simulator:", error)),
    counted: { requests: 0, messages: 0, batches: 0 },
  };
}
