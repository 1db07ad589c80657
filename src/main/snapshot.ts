/** Everything that a reload may change, compiled. Never changed itself: another takes its place. */
import type { LoadedConfig } from "../config/index.ts";
import type { GatewayRules } from "../services/gateway/index.ts";
import { catalogueOf, limitsOf, policiesOf, showbackOf } from "./compile-settings.ts";
import { purserVersion } from "./system-values.ts";

export type Snapshot = GatewayRules & { readonly config: LoadedConfig };

/** Errors: `CATALOGUE_OVERRIDE_INVALID`, `PRICE_NOT_WHOLE`. */
export function compileSnapshot(config: LoadedConfig): Snapshot {
  const catalogue = catalogueOf(config);
  const policies = policiesOf(config);
  const versions = {
    purser: purserVersion(),
    config: config.version,
    prices: catalogue.version,
    policy: policies.version,
  };
  return Object.freeze({
    ...{ config, catalogue, policies, versions: Object.freeze(versions) },
    limits: limitsOf(config),
    showback: showbackOf(config),
  });
}
