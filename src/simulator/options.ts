/** What a simulator can be told when it starts. Everything has a default. */
import type { Assumptions } from "./assumptions.ts";
import type { FaultRule } from "./faults/index.ts";
import type { RateLimits } from "./limits/index.ts";
import type { Scenario, ScriptEntry } from "./replies/index.ts";
import type { ReportFreshness } from "./reports/freshness.ts";

export type SimulatorOptions = {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 1. The same seed and requests give the same replies. */
  readonly seed?: number;
  /** A scenario, or the name of one in `SCENARIOS`. Default `steady`. */
  readonly scenario?: Scenario | string;
  /** `real` (default) runs on; `virtual` stands still until it is advanced. */
  readonly clock?: "real" | "virtual";
  /** Where the clock starts, in milliseconds since 1970. Default now. */
  readonly startAtMs?: number;
  /** Replies of your own, tried before the scenario. */
  readonly script?: readonly ScriptEntry[];
  readonly faults?: readonly FaultRule[];
  readonly assumptions?: Partial<Assumptions>;
  /** API keys that are accepted. Default: any that is not empty. */
  readonly apiKeys?: readonly string[];
  /** Admin keys, for the reports. Default: any that begins as one. */
  readonly adminKeys?: readonly string[];
  /** How late the usage and cost reports are. Default: as the provider's, see `docs/reference`. */
  readonly reportFreshness?: Partial<ReportFreshness>;
  /** Whole percent off the list price in the reports' `amount`. Default 0. */
  readonly reportPercentOff?: number;
  /** Workspace by API key; keys that are not named share the default workspace. */
  readonly workspaces?: Readonly<Record<string, string>>;
  readonly rateLimits?: Partial<RateLimits>;
  /** Refuse what exceeds the rate limits. Default false: the headers tell, nothing is refused. */
  readonly enforceRateLimits?: boolean;
  /** Which responses may be compressed when the client asks. Default `bodies` (no streams). */
  readonly compression?: "off" | "bodies" | "all";
  /** Call records kept; 0 keeps none, which is faster. Default `CALL_RECORDS_MAX`. */
  readonly callRecordsMax?: number;
  /** Region of requests that name none. Default `global`. */
  readonly defaultInferenceGeo?: "global" | "us";
  /** Answer for models after their retirement as well. Default false. */
  readonly serveRetiredModels?: boolean;
  /** Shortest and longest time that a batch takes, in milliseconds of the simulated clock. */
  readonly batchMs?: readonly [number, number];
  /** Requests of batches that may wait at once; more are a 429. Default `QUEUED_REQUESTS_MAX`. */
  readonly batchQueuedRequestsMax?: number;
  /** Told of a bug of the simulator's own. Default: written to stderr. */
  readonly onBug?: (error: unknown) => void;
  /** The wall clock, in milliseconds; for tests that bring their own. */
  readonly wallClockMs?: () => number;
};
