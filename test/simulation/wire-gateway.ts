/**
 * A gateway wired by hand from its parts: with a clock of the test's choice, or with a ledger that
 * misbehaves. What a user runs is wired in `src/main`.
 */
import { type Clock, instant } from "../../src/base/index.ts";
import type { BudgetDefinition } from "../../src/domain/budgets/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { compilePolicies, type Policy } from "../../src/domain/policy/index.ts";
import {
  type BudgetGate,
  BudgetKeeper,
  type ChargesSource,
  DEFAULT_GATEWAY_SETTINGS,
  type GatewayLog,
  type KeepAliveLimits,
  type RunningGateway,
  startGateway,
} from "../../src/services/gateway/index.ts";
import type { LedgerWriter } from "../../src/stores/contracts/index.ts";
import { openDataDirectory } from "../../src/stores/data-directory/index.ts";
import {
  openLedgerReader,
  openLedgerWriter,
  type RecoveringLedgerWriter,
} from "../../src/stores/ledger/index.ts";

export type WiredGateway = {
  readonly gateway: RunningGateway;
  readonly ledger: RecoveringLedgerWriter;
  readonly budgets: BudgetKeeper;
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
  /** What may be spent; nothing is bounded by default. */
  readonly budgets?: readonly BudgetDefinition[];
  /** Puts something between the gateway and its budgets. */
  readonly aroundBudgets?: (budgets: BudgetKeeper) => BudgetGate;
  /** Whether balances are filled from the ledger; true by default, and slower. */
  readonly hasPast?: boolean;
  readonly log?: GatewayLog;
  /** Keys fingerprints and draws arms; the data directory's own when left out. */
  readonly secret?: Uint8Array;
  /** The provider's key, for calls with a virtual one. */
  readonly upstreamKey?: string;
  readonly keepAliveLimits?: KeepAliveLimits;
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
  const catalogue = compileCatalogue({ models: [], discounts: [] });
  const log = options.log ?? (() => {});
  const reader = await openLedgerReader({ directory: options.data });
  const charges: ChargesSource = (question) => reader.charges(question);
  const past = options.hasPast === false ? null : charges;
  const budgets = new BudgetKeeper({ catalogue, clock, log, charges: past });
  await budgets.define(options.budgets ?? []);
  const gateway = await startGateway({
    settings: {
      ...DEFAULT_GATEWAY_SETTINGS,
      port: options.port ?? 0,
      upstream: options.upstream,
      upstreamKey: options.upstreamKey ?? null,
    },
    ledger: options.aroundLedger?.(ledger) ?? ledger,
    catalogue,
    budgets: options.aroundBudgets?.(budgets) ?? budgets,
    policies: compilePolicies(options.policies ?? [], () => "test"),
    clock,
    fillRandom,
    installationSecret: options.secret ?? directory.secret,
    ...(options.keepAliveLimits && { keepAliveLimits: options.keepAliveLimits }),
    versions: { purser: "test", config: "test", prices: "test", policy: "test" },
    log,
  });
  return {
    gateway,
    ledger,
    budgets,
    close: async () => {
      await gateway.close({ graceMs: CLOSE_GRACE_MS });
      await reader.close();
      await ledger.close();
    },
  };
}
