/**
 * config: what the operator wants, from `purser.yaml`, the environment and flags; and what people write
 * in files of the same kind (documents).
 *
 * Answers:   the complete configuration, or every mistake in it with its line, key and mend.
 * Promises:  a flag beats a variable, a variable the file, the file a default; unknown keys and
 *            unsupported levers are refused, never ignored; secrets stay out of messages and hashes.
 * Does not:  start anything, look at the network, watch the file (main/ does).
 * Start at:  authored.ts for what may be written, loaded.ts for what the rest sees, load-config.ts.
 */
export { type AuthoredConfig, authoredConfigSchema } from "./authored.ts";
export { authoredBudgetOf } from "./budget-policies.ts";
export { isCarriedOut, isLoopback } from "./check.ts";
export { DEFAULTS } from "./defaults.ts";
export { describeSettings, type SettingDescription } from "./describe-settings.ts";
export {
  type AuthoredDesign,
  type AuthoredSize,
  type AuthoredWorkload,
  designSchema,
  readDesign,
} from "./documents/design.ts";
export { readPolicies } from "./documents/policies.ts";
export type { AuthoredDocument } from "./documents/read-document.ts";
export type { ConfigIssue } from "./issue.ts";
export { type ConfigSources, loadConfig } from "./load-config.ts";
export type {
  ConfiguredDiscount,
  ConfiguredModel,
  ConfiguredPolicy,
  ConfiguredShowback,
  LoadedConfig,
} from "./loaded.ts";
export type { ConfigFlags, Environment } from "./overlay.ts";
export { type ReloadableSection, type Reloaded, reloadConfig } from "./reloadable.ts";
export {
  ADMIN_KEY_VARIABLE,
  CONFIG_VARIABLE,
  SETTINGS,
  type Setting,
  TOKEN_VARIABLE,
} from "./settings.ts";
