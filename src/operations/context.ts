/**
 * What an operation may use, handed in by main. Everything dear is a function, so that a command
 * that needs no ledger opens none.
 */
import type { Clock, FillRandom } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import type { AuthoredBudget, BudgetBook } from "../domain/budgets/index.ts";
import type { Catalogue } from "../domain/catalogue/index.ts";
import type { AlertTarget } from "../services/alerts/index.ts";
import type {
  LedgerImporter,
  LedgerReader,
  StateStore,
  Versions,
} from "../stores/contracts/index.ts";

export type OperationContext = {
  readonly clock: Clock;
  readonly fillRandom: FillRandom;
  /** Throws a `CONFIG_*` error when the configuration is wrong. */
  readonly config: () => LoadedConfig;
  /** The models with the user's own prices and discounts. */
  readonly catalogue: () => Catalogue;
  /** Opened once and closed by whoever made the context. Throws `LEDGER_NOT_FOUND` and others. */
  readonly ledger: () => Promise<LedgerReader>;
  /**
   * The definitions in the same data directory. Opened once and closed by whoever made the context.
   * Throws `STATE_NOT_FOUND` where there are none, unless they are to be created, and other `STATE_*`.
   */
  readonly state: (options?: { readonly create: boolean }) => Promise<StateStore>;
  /** The budgets of `purser.yaml` that decide anything. */
  readonly fileBudgets: () => readonly AuthoredBudget[];
  /** The balances of the gateway that runs in this process; `null` where none does. */
  readonly liveBudgets: () => BudgetBook | null;
  /**
   * Has the running Purser read its configuration again. Throws what is wrong with it, and `RELOAD_*`
   * where no running Purser can be asked.
   */
  readonly reload: () => Promise<ReloadReport>;
  /** Opened once and closed by whoever made the context; makes a data directory that is not there. */
  readonly importer: () => Promise<LedgerImporter>;
  /** A new file name in a private folder, removed by whoever made the context. */
  readonly scratchFile: (extension: string) => Promise<string>;
  /** Where alerts go, with their secrets. Errors: `ALERT_SECRET_MISSING`, `ALERT_TARGET_*`. */
  readonly alertTargets: () => readonly AlertTarget[];
  /** What a client of the gateway would send from here, a secret; `null` where nothing is set. */
  readonly callerKey: () => string | null;
  /** The Admin key of the environment, for the provider's reports alone. A secret; `null` without one. */
  readonly adminKey?: () => string | null;
  readonly probes: Probes;
  readonly signal: AbortSignal;
  /** Told how far a long question is; nobody listens when it is left out. */
  readonly progress?: (done: number, all: number) => void;
};

/** What became of a reload. */
export type ReloadReport = {
  /** `unchanged`: nothing that can be reloaded is otherwise than before. */
  readonly result: "applied" | "unchanged";
  readonly versions: Versions;
  readonly versions_before: Versions;
  /** Sections of the file that are otherwise than before. */
  readonly changed: string[];
  /** Settings that are otherwise in the file and are taken over at the next start alone. */
  readonly needs_restart: string[];
  readonly warnings: string[];
};

/** Looks at this machine and at the upstream. They spend nothing and change nothing. */
export type Probes = {
  readonly nodeVersion: string;
  readonly purserVersion: string;
  readonly dataDirectory: (path: string) => Promise<DataDirectoryState>;
  readonly upstream: (url: string, proxy: string | null) => Promise<UpstreamState>;
  readonly port: (host: string, port: number) => Promise<"free" | "taken">;
};

export type DataDirectoryState = {
  readonly exists: boolean;
  /** Whether this user may write there; of the nearest existing parent when it does not exist. */
  readonly writable: boolean;
  /** Whether others on this machine may read it. */
  readonly private: boolean;
  readonly freeBytes: number | null;
  /** What holds it, in words; `null` when nothing says so. */
  readonly holder: string | null;
};

export type UpstreamState =
  | {
      readonly kind: "answers";
      readonly status: number;
      readonly tookMs: number;
      /** Our clock minus the upstream's; `null` when it sends no date. */
      readonly clockAheadMs: number | null;
    }
  | { readonly kind: "unreachable"; readonly reason: string };
