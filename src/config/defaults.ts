/** What holds when nothing is set, as it would be written in the file. */
import type { AuthoredConfig } from "./authored.ts";

export const DEFAULTS = {
  upstream: {
    url: "https://api.anthropic.com",
    connectTimeout: "10s",
    firstByteTimeout: "15m",
    idleTimeout: "5m",
  },
  gateway: {
    host: "127.0.0.1",
    port: 4141,
    passThrough: "allow",
    bodyMax: "32MiB",
    headersMax: "64KiB",
    callsMax: 2048,
    connectionsMax: 4096,
    requestTimeout: "10m",
    shutdownTimeout: "30s",
    onClientGone: "cancel",
    billedAfterCut: "generated-so-far",
  },
  control: { host: "127.0.0.1", port: 4142, allowRemote: false, allowedHosts: [] },
  ledger: { onFailure: "refuse", compactEvery: "1m" },
  budgets: { onFailure: "refuse", balancesMax: 100_000 },
  batch: {
    gatherFor: "1m",
    pollEvery: "30s",
    realTimeBefore: "5m",
    shortestDeadline: "10m",
    searchFor: "2m",
    callsMax: 500_000,
    streamed: "buffer",
  },
  alerts: { cooldown: "6h", watchEvery: "1h" },
  models: [],
  discounts: [],
  showback: [],
  policies: [],
} as const satisfies AuthoredConfig;

/**
 * Where the ledger is kept when nothing says otherwise: one place for each user, so that a report
 * finds it from any folder. Follows the XDG base directory convention.
 */
export function defaultDataDirectory(
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const base = environment.XDG_DATA_HOME;
  if (base?.startsWith("/")) return `${base}/purser`;
  const home = environment.HOME ?? environment.USERPROFILE;
  return home === undefined || home === "" ? ".purser" : `${home}/.local/share/purser`;
}
