/**
 * A gateway wired by hand from its parts: with a clock of the test's choice, or with a ledger that
 * misbehaves. What a user runs is wired in `src/main`.
 */
import { type Clock, instant } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { compilePolicies, type Policy } from "../../src/domain/policy/index.ts";
import {
  DEFAULT_GATEWAY_SETTINGS,
  type RunningGateway,
  startGateway,
} from "../../src/services/gateway/index.ts";
import type { LedgerWriter } from "../../src/stores/contracts/index.ts";
import { openDataDirectory } from "../../src/stores/data-directory/index.ts";
import { openLedgerWriter, type RecoveringLedgerWriter } from "../../src/stores/ledger/index.ts";

export type WiredGateway = {
  readonly gateway: RunningGateway;
  readonly ledger: RecoveringLedgerWriter;
  /** Lets running answers finish, then closes the ledger and lets go of the directory. */
  readonly close: () => Promise<void>;
};

export type WiringOptions = {
  readonly upstream: string;
  readonly data: string;
  readonly port?: number;
  readonly clock?: Clock;
  /** What may be done to traffic; nothing by default. */
  readonly policies?: readonly Policy[];
  /** Keys fingerprints and draws arms; the data directory's own when left out. */
  readonly secret?: Uint8Array;
  /** Puts something between the gateway and its ledger. */
  readonly aroundLedger?: (ledger: LedgerWriter) => LedgerWriter;
};

const CLOSE_GRACE_MS = 5_000;

const systemClock: Clock = {
  now: () => instant(Date.now()),
  monotonicMs: () => performance.now(),
};

export async function wireGateway(options: WiringOptions): Promise<WiredGateway> {
  const clock = options.clock ?? systemClock;
  const fillRandom = (bytes: Uint8Array): void => void crypto.getRandomValues(bytes);
  const directory = openDataDirectory({ path: options.data, clock, fillRandom });
  const ledger = await openLedgerWriter({ directory, clock });
  const gateway = await startGateway({
    settings: {
      ...DEFAULT_GATEWAY_SETTINGS,
      port: options.port ?? 0,
      upstream: options.upstream,
    },
    ledger: options.aroundLedger?.(ledger) ?? ledger,
    catalogue: compileCatalogue({ models: [], discounts: [] }),
    policies: compilePolicies(options.policies ?? [], () => "test"),
    clock,
    fillRandom,
    installationSecret: options.secret ?? directory.secret,
    versions: { purser: "test", config: "test", prices: "test", policy: "test" },
    log: () => {},
  });
  return {
    gateway,
    ledger,
    close: async () => {
      await gateway.close({ graceMs: CLOSE_GRACE_MS });
      await ledger.close();
    },
  };
}
