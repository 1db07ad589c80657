import { durationMs } from "../base/index.ts";
import type { CheckedConfig } from "./authored.ts";
import { authoredConfigSchema } from "./authored.ts";
import { DEFAULTS } from "./defaults.ts";
import type { LoadedConfig } from "./loaded.ts";

/** What only the loader knows: places on this machine, and the secrets. */
export type LoadedPlaces = Pick<LoadedConfig, "file" | "data" | "warnings"> & {
  readonly token: string | null;
  readonly upstreamKey: string | null;
};

const defaults = authoredConfigSchema.parse(DEFAULTS);

/** Completes a checked configuration; every value comes from it, else from `defaults.ts`. */
export function applyDefaults(
  config: CheckedConfig,
  places: LoadedPlaces,
): Omit<LoadedConfig, "version"> {
  const { token, upstreamKey, ...rest } = places;
  return {
    ...rest,
    upstream: loadedUpstream(config, upstreamKey),
    gateway: loadedGateway(config),
    control: {
      host: config.control?.host ?? DEFAULTS.control.host,
      port: config.control?.port ?? DEFAULTS.control.port,
      allowedHosts: config.control?.allowedHosts ?? [],
      token,
    },
    ledger: {
      onFailure: config.ledger?.onFailure ?? DEFAULTS.ledger.onFailure,
      compactEveryMs: required(config.ledger?.compactEvery ?? defaults.ledger?.compactEvery),
    },
    budgets: {
      onFailure: config.budgets?.onFailure ?? DEFAULTS.budgets.onFailure,
      balancesMax: config.budgets?.balancesMax ?? DEFAULTS.budgets.balancesMax,
    },
    batch: loadedBatch(config),
    alerts: {
      cooldownMs: required(config.alerts?.cooldown ?? defaults.alerts?.cooldown),
      watchEveryMs: required(config.alerts?.watchEvery ?? defaults.alerts?.watchEvery),
      targets: config.alerts?.targets ?? [],
    },
    models: config.models ?? [],
    discounts: config.discounts ?? [],
    showback: config.showback ?? [],
    policies: config.policies ?? [],
  };
}

function loadedUpstream(config: CheckedConfig, key: string | null): LoadedConfig["upstream"] {
  const set = { ...defaults.upstream, ...config.upstream };
  return {
    url: set.url ?? DEFAULTS.upstream.url,
    proxy: set.proxy ?? null,
    key,
    connectTimeoutMs: required(set.connectTimeout),
    firstByteTimeoutMs: required(set.firstByteTimeout),
    idleTimeoutMs: required(set.idleTimeout),
  };
}

function loadedGateway(config: CheckedConfig): LoadedConfig["gateway"] {
  const set = { ...defaults.gateway, ...config.gateway };
  return {
    host: set.host ?? DEFAULTS.gateway.host,
    port: set.port ?? DEFAULTS.gateway.port,
    passThrough: set.passThrough ?? DEFAULTS.gateway.passThrough,
    bodyBytesMax: required(set.bodyMax),
    headerBytesMax: required(set.headersMax),
    callsMax: set.callsMax ?? DEFAULTS.gateway.callsMax,
    connectionsMax: set.connectionsMax ?? DEFAULTS.gateway.connectionsMax,
    requestTimeoutMs: required(set.requestTimeout),
    shutdownTimeoutMs: required(set.shutdownTimeout),
    onClientGone: set.onClientGone ?? DEFAULTS.gateway.onClientGone,
    billedAfterCut: set.billedAfterCut ?? DEFAULTS.gateway.billedAfterCut,
  };
}

function loadedBatch(config: CheckedConfig): LoadedConfig["batch"] {
  const set = { ...defaults.batch, ...config.batch };
  return {
    gatherMs: required(set.gatherFor),
    pollMs: required(set.pollEvery),
    realTimeBeforeMs: required(set.realTimeBefore),
    shortestDeadlineMs: required(set.shortestDeadline),
    searchMs: required(set.searchFor),
    callsMax: set.callsMax ?? DEFAULTS.batch.callsMax,
    streamed: set.streamed ?? DEFAULTS.batch.streamed,
  };
}

/** A default exists for every one of these; a missing one is a bug in `defaults.ts`. */
function required(value: number | undefined): number {
  return durationMs(value ?? Number.NaN);
}
