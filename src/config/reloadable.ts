/** What of a configuration a running Purser can take over, and what waits for its next start. */
import { configVersion, meaningOf } from "./config-version.ts";
import type { LoadedConfig } from "./loaded.ts";

const RELOADABLE = ["models", "discounts", "showback", "policies"] as const;
export type ReloadableSection = (typeof RELOADABLE)[number];

type Fixed = Omit<LoadedConfig, ReloadableSection | "version" | "file" | "warnings">;

/** How each is written in the file; a setting without a name here does not compile. */
const FIXED: {
  readonly [Section in keyof Fixed]: { readonly [Key in keyof Fixed[Section]]: string };
} = {
  upstream: {
    url: "url",
    proxy: "proxy",
    key: "keyFile",
    connectTimeoutMs: "connectTimeout",
    firstByteTimeoutMs: "firstByteTimeout",
    idleTimeoutMs: "idleTimeout",
  },
  gateway: {
    host: "host",
    port: "port",
    passThrough: "passThrough",
    bodyBytesMax: "bodyMax",
    headerBytesMax: "headersMax",
    callsMax: "callsMax",
    connectionsMax: "connectionsMax",
    requestTimeoutMs: "requestTimeout",
    shutdownTimeoutMs: "shutdownTimeout",
    onClientGone: "onClientGone",
    billedAfterCut: "billedAfterCut",
  },
  control: { host: "host", port: "port", allowedHosts: "allowedHosts", token: "tokenFile" },
  data: { directory: "directory" },
  ledger: { onFailure: "onFailure", compactEveryMs: "compactEvery" },
  budgets: { onFailure: "onFailure", balancesMax: "balancesMax" },
  batch: {
    gatherMs: "gatherFor",
    pollMs: "pollEvery",
    realTimeBeforeMs: "realTimeBefore",
    shortestDeadlineMs: "shortestDeadline",
    searchMs: "searchFor",
    callsMax: "callsMax",
    streamed: "streamed",
  },
  alerts: { cooldownMs: "cooldown", watchEveryMs: "watchEvery", targets: "targets" },
};

export type Reloaded = {
  /** The running configuration with what can be taken over; its version says what is in force. */
  readonly config: LoadedConfig;
  readonly changed: readonly ReloadableSection[];
  /** Settings that are otherwise in the file and wait for a start, as the file writes them. */
  readonly needsRestart: readonly string[];
};

/** Of what changes, only names are told: a value may be a secret. */
export function reloadConfig(running: LoadedConfig, next: LoadedConfig): Reloaded {
  const { models, discounts, showback, policies, warnings } = next;
  const { version: _before, ...fixed } = running;
  const merged = { ...fixed, models, discounts, showback, policies, warnings };
  return {
    config: { ...merged, version: configVersion(merged) },
    changed: RELOADABLE.filter((name) => differ(running[name], next[name])),
    needsRestart: Object.entries(FIXED).flatMap(([section, names]) =>
      Object.entries(names)
        .filter(([key]) => differ(valueIn(running, section, key), valueIn(next, section, key)))
        .map(([, name]) => `${section}.${name}`),
    ),
  };
}

function valueIn(config: LoadedConfig, section: string, key: string): unknown {
  const values: Readonly<Record<string, unknown>> = config[section as keyof Fixed];
  return values[key];
}

function differ(left: unknown, right: unknown): boolean {
  return meaningOf(left) !== meaningOf(right);
}
