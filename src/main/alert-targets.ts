/** Webhook targets with their URLs and secrets, read from where the configuration says they are. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { type AlertTarget, checkTarget } from "../services/alerts/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Configured = LoadedConfig["alerts"]["targets"][number];

const SECRET_BYTES_MAX = 4_096;

/** Errors: `ALERT_SECRET_MISSING`, `ALERT_TARGET_INVALID`, `ALERT_TARGET_PRIVATE`. */
export function alertTargetsOf(
  config: LoadedConfig,
  environment: Environment,
): readonly AlertTarget[] {
  const { targets } = config.alerts;
  const names = targets.map(({ name }) => name);
  return targets.map((configured, index) => {
    if (names.indexOf(configured.name) !== index) {
      const what = "two targets have this name";
      throw new PurserError("ALERT_TARGET_INVALID", { what, where: configured.name });
    }
    const target = {
      name: configured.name,
      url: urlOf(configured, environment),
      secret: secretOf(configured, environment, config.file),
      format: configured.format ?? "purser",
      allowPrivate: configured.allowPrivate ?? false,
      kinds: configured.kinds ?? null,
    };
    checkTarget(target);
    return target;
  });
}

function urlOf({ name, url, urlVariable }: Configured, environment: Environment): string {
  if (url !== undefined && urlVariable === undefined) return url;
  if (url === undefined && urlVariable !== undefined) {
    return fromVariable(name, urlVariable, environment);
  }
  const what = "it needs one of url and urlVariable";
  throw new PurserError("ALERT_TARGET_INVALID", { what, where: name });
}

function secretOf(
  { name, secretVariable, secretFile }: Configured,
  environment: Environment,
  configFile: string | null,
): string | null {
  if (secretVariable !== undefined) return fromVariable(name, secretVariable, environment);
  if (secretFile === undefined) return null;
  const path = resolve(configFile === null ? "." : dirname(configFile), secretFile);
  try {
    const text = readFileSync(path, "utf8").slice(0, SECRET_BYTES_MAX).trim();
    if (text !== "") return text;
  } catch (cause) {
    const what = "its secret's file cannot be read";
    throw new PurserError("ALERT_SECRET_MISSING", { what, where: name, cause });
  }
  throw new PurserError("ALERT_SECRET_MISSING", {
    what: "its secret's file is empty",
    where: name,
  });
}

function fromVariable(name: string, variable: string, environment: Environment): string {
  const value = environment[variable]?.trim() ?? "";
  if (value !== "") return value;
  const what = `the variable ${variable} is not set`;
  throw new PurserError("ALERT_SECRET_MISSING", { what, where: name });
}
