/**
 * Holds the snapshot that is in force and puts another in its place. One reload at a time; what is
 * wrong is found before anything is swapped, and then nothing is.
 */
import { PurserError } from "../base/index.ts";
import { type LoadedConfig, reloadConfig } from "../config/index.ts";
import type { ReloadReport } from "../operations/index.ts";
import { type Log, reasonOf } from "./log.ts";
import { compileSnapshot, type Snapshot } from "./snapshot.ts";

/** What asked for it. */
export type ReloadTrigger = "signal" | "file" | "operation";

export type ReloadCounts = Readonly<Record<"applied" | "unchanged" | "refused" | "failed", number>>;

export type ReloaderOptions = {
  readonly first: Snapshot;
  /** Reads the configuration again. Throws `CONFIG_*`. */
  readonly load: () => LoadedConfig;
  /**
   * Has `swap` done in one turn with all else that follows from `next`. Rejects before that turn when
   * `next` cannot be put in force; what is not ready after it comes back in words.
   */
  readonly enforce: (next: Snapshot, swap: () => void) => Promise<readonly string[]>;
  readonly log: Log;
};

export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #counts = { applied: 0, unchanged: 0, refused: 0, failed: 0 };
  #current: Snapshot;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#current = options.first;
  }

  get current(): Snapshot {
    return this.#current;
  }

  get counts(): ReloadCounts {
    return { ...this.#counts };
  }

  /** Errors: `CONFIG_*`, `CATALOGUE_OVERRIDE_INVALID`, `PRICE_NOT_WHOLE`, `BUDGET_*`, `STATE_*`; all is as it was then. */
  reload(trigger: ReloadTrigger): Promise<ReloadReport> {
    const reloaded = this.#turn.then(() => this.#reload(trigger));
    this.#turn = reloaded.catch(() => {});
    return reloaded;
  }

  /** For those that nobody waits for: the log tells what became of it. */
  readonly reloadUnasked = (trigger: ReloadTrigger): void => {
    this.reload(trigger).catch(() => {});
  };

  async #reload(trigger: ReloadTrigger): Promise<ReloadReport> {
    try {
      const report = await this.#apply();
      this.#counts[report.result] += 1;
      this.#tell(trigger, report);
      return report;
    } catch (error) {
      this.#tellFailure(trigger, error);
      throw error;
    }
  }

  async #apply(): Promise<ReloadReport> {
    const { load, enforce } = this.#options;
    const before = this.#current;
    const { config, changed, needsRestart } = reloadConfig(before.config, load());
    const next = compileSnapshot(config);
    const isNew = config.version !== before.config.version;
    const pending = isNew ? await enforce(next, () => this.#swap(next)) : [];
    return {
      result: isNew ? "applied" : "unchanged",
      versions: next.versions,
      versions_before: before.versions,
      changed: [...changed],
      needs_restart: [...needsRestart],
      warnings: [...config.warnings, ...next.catalogue.warnings, ...pending],
    };
  }

  #swap(next: Snapshot): void {
    this.#current = next;
  }

  #tell(trigger: ReloadTrigger, report: ReloadReport): void {
    const { log } = this.#options;
    for (const message of report.warnings) {
      log({ level: "warn", event: "config-warning", message, data: {} });
    }
    const { config, prices, policy } = report.versions;
    const names = report.needs_restart.join(" ");
    if (names !== "") {
      const message = "settings changed that are taken over at the next start alone";
      log({ level: "warn", event: "config-needs-restart", message, data: { settings: names } });
    }
    const message =
      report.result === "applied"
        ? "the configuration was reloaded; calls from now on run under it"
        : "the configuration was read again; nothing that can be reloaded has changed";
    const data = { trigger, config, prices, policy, changed: report.changed.join(" ") };
    log({ level: "info", event: "config-reloaded", message, data });
  }

  #tellFailure(trigger: ReloadTrigger, error: unknown): void {
    const isCoded = error instanceof PurserError;
    this.#counts[isCoded ? "refused" : "failed"] += 1;
    const { config } = this.#current.versions;
    const data = isCoded
      ? { trigger, config, code: error.code, where: error.where, reason: error.what }
      : { trigger, config, code: "INTERNAL_FAULT", where: null, reason: reasonOf(error) };
    const message = "the configuration was not reloaded; what was in force still is";
    this.#options.log({ level: "error", event: "config-reload-refused", message, data });
  }
}
