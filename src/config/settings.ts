/**
 * The settings that a variable or a flag can set as well, as data. Precedence: flag, then variable,
 * then file, then default.
 */
export type Setting = {
  readonly path: readonly [section: string, key: string];
  readonly variable: string | null;
  readonly flag: string | null;
  readonly kind: "text" | "number" | "boolean" | "list";
};

export const SETTINGS: readonly Setting[] = [
  setting("upstream.url", "PURSER_UPSTREAM", "upstream"),
  setting("upstream.proxy", "PURSER_UPSTREAM_PROXY", null),
  setting("upstream.keyFile", "PURSER_UPSTREAM_KEY_FILE", null),
  setting("upstream.connectTimeout", "PURSER_CONNECT_TIMEOUT", null),
  setting("upstream.firstByteTimeout", "PURSER_FIRST_BYTE_TIMEOUT", null),
  setting("upstream.idleTimeout", "PURSER_IDLE_TIMEOUT", null),
  setting("gateway.host", "PURSER_HOST", "host"),
  setting("gateway.port", "PURSER_PORT", "port", "number"),
  setting("gateway.passThrough", "PURSER_PASS_THROUGH", null),
  setting("gateway.bodyMax", "PURSER_BODY_MAX", null),
  setting("gateway.callsMax", "PURSER_CALLS_MAX", null, "number"),
  setting("gateway.shutdownTimeout", "PURSER_SHUTDOWN_TIMEOUT", null),
  setting("gateway.onClientGone", "PURSER_ON_CLIENT_GONE", "on-client-gone"),
  setting("control.host", "PURSER_CONTROL_HOST", "control-host"),
  setting("control.port", "PURSER_CONTROL_PORT", "control-port", "number"),
  setting("control.allowRemote", "PURSER_CONTROL_ALLOW_REMOTE", null, "boolean"),
  setting("control.allowedHosts", "PURSER_CONTROL_ALLOWED_HOSTS", null, "list"),
  setting("control.tokenFile", "PURSER_CONTROL_TOKEN_FILE", null),
  setting("data.directory", "PURSER_DATA", "data"),
  setting("ledger.onFailure", "PURSER_LEDGER_ON_FAILURE", null),
  setting("budgets.onFailure", "PURSER_BUDGETS_ON_FAILURE", null),
];

/** Variables that are read elsewhere: the file to load, and secrets, which have no key on purpose. */
export const CONFIG_VARIABLE = "PURSER_CONFIG";
export const TOKEN_VARIABLE = "PURSER_CONTROL_TOKEN";
/** Of a command that asks the provider for its reports; no setting. */
export const ADMIN_KEY_VARIABLE = "PURSER_ADMIN_KEY";
export const UPSTREAM_KEY_VARIABLE = "PURSER_UPSTREAM_KEY";

function setting(
  path: string,
  variable: string,
  flag: string | null,
  kind: Setting["kind"] = "text",
): Setting {
  const [section = "", key = ""] = path.split(".");
  return { path: [section, key], variable, flag, kind };
}
