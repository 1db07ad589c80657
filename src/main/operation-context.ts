/** What operations get to work with, made lazily: a command that needs no ledger opens none. */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../base/index.ts";
import {
  ADMIN_KEY_VARIABLE,
  type ConfigSources,
  type LoadedConfig,
  loadConfig,
} from "../config/index.ts";
import type { BudgetBook } from "../domain/budgets/index.ts";
import type { Catalogue } from "../domain/catalogue/index.ts";
import type { OperationContext, ReloadReport } from "../operations/index.ts";
import type { LedgerImporter, LedgerReader, StateStore } from "../stores/contracts/index.ts";
import { alertTargetsOf } from "./alert-targets.ts";
import { askForReload } from "./ask-for-reload.ts";
import { budgetsOf, catalogueOf } from "./compile-settings.ts";
import { systemProbes } from "./probes.ts";
import { systemClock, systemFillRandom } from "./system-values.ts";

export type ContextSource = {
  readonly config: () => LoadedConfig;
  readonly signal: AbortSignal;
  /** The machine's own when left out. */
  readonly clock?: Clock;
  /** An open reader to use instead of opening one; its owner closes it. */
  readonly ledger?: LedgerReader;
  /** An open store of definitions, likewise. */
  readonly state?: StateStore;
  /** The balances of the gateway that runs in this process. */
  readonly budgets?: BudgetBook;
  /** Reloads the Purser that runs in this process; else the one that holds the data directory is asked. */
  readonly reload?: () => Promise<ReloadReport>;
};

export type OwnedContext = {
  readonly context: OperationContext;
  /** Closes what was opened and removes what was written for the moment. */
  readonly close: () => Promise<void>;
};

export function makeContext(source: ContextSource): OwnedContext {
  const config = once(source.config);
  const catalogue = once((): Catalogue => catalogueOf(config()));
  let opened: Promise<LedgerReader> | null = null;
  const openOnce = (): Promise<LedgerReader> => {
    opened ??= openReader(config());
    return opened;
  };
  let openedState: Promise<StateStore> | null = null;
  let importing: Promise<LedgerImporter> | null = null;
  const importOnce = (): Promise<LedgerImporter> => {
    importing ??= openImporter(config(), source.clock ?? systemClock);
    return importing;
  };
  const scratch = new Set<string>();
  const context: OperationContext = {
    clock: source.clock ?? systemClock,
    fillRandom: systemFillRandom,
    config,
    catalogue,
    ledger: source.ledger === undefined ? openOnce : async () => source.ledger ?? openOnce(),
    state: (options) => {
      if (source.state !== undefined) return Promise.resolve(source.state);
      openedState ??= openState(config(), options?.create ?? false).catch((error: unknown) => {
        // A failed opening is forgotten: the next may be allowed to create what was missing.
        openedState = null;
        throw error;
      });
      return openedState;
    },
    fileBudgets: () => budgetsOf(config()),
    liveBudgets: () => source.budgets ?? null,
    reload: source.reload ?? (() => askForReload(config(), source.signal)),
    importer: importOnce,
    scratchFile: async (extension) => {
      const folder = await mkdtemp(join(tmpdir(), "purser-"));
      scratch.add(folder);
      removeAtExit(folder);
      return join(folder, `export.${extension}`);
    },
    alertTargets: () => alertTargetsOf(config(), process.env),
    callerKey: () => process.env.PURSER_KEY || process.env.ANTHROPIC_API_KEY || null,
    adminKey: () => process.env[ADMIN_KEY_VARIABLE] ?? null,
    probes: systemProbes(),
    signal: source.signal,
  };
  const close = async (): Promise<void> => {
    const reader = await opened?.catch(() => null);
    await reader?.close();
    const state = await openedState?.catch(() => null);
    await state?.close();
    const importer = await importing?.catch(() => null);
    await importer?.close();
    await Promise.all([...scratch].map(removeScratch));
  };
  return { context, close };
}

/** Folders that still stand, for an end that nobody awaits: a broken pipe, a second signal. */
const standing = new Set<string>();

function removeAtExit(folder: string): void {
  if (standing.size === 0) process.once("exit", removeStanding);
  standing.add(folder);
}

async function removeScratch(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  standing.delete(folder);
  if (standing.size === 0) process.off("exit", removeStanding);
}

function removeStanding(): void {
  for (const folder of standing) rmSync(folder, { recursive: true, force: true });
}

/** The configuration of a command: its flags `--config` and `--data` go before everything else. */
export function configSources(flags: ConfigSources["flags"]): ConfigSources {
  return { flags, environment: process.env, workingDirectory: process.cwd() };
}

export function configOf(flags: ConfigSources["flags"]): () => LoadedConfig {
  return once(() => loadConfig(configSources(flags)));
}

/** DuckDB is loaded here and nowhere earlier: most commands do without it. */
async function openReader(config: LoadedConfig): Promise<LedgerReader> {
  const { openLedgerReader } = await import("../stores/ledger/index.ts");
  return openLedgerReader({ directory: config.data.directory });
}

async function openState({ data }: LoadedConfig, create: boolean): Promise<StateStore> {
  const { openStateStore } = await import("../stores/state/index.ts");
  return openStateStore({ directory: data.directory, create });
}

async function openImporter(config: LoadedConfig, clock: Clock): Promise<LedgerImporter> {
  const { openLedgerImporter } = await import("../stores/ledger/index.ts");
  const { directory } = config.data;
  return openLedgerImporter({ directory, clock, fillRandom: systemFillRandom });
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
