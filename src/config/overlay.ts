/** Puts variables and flags on top of what the file says, remembering where each value came from. */
import { closestWord, isJsonObject } from "../base/index.ts";
import {
  ADMIN_KEY_VARIABLE,
  CONFIG_VARIABLE,
  SETTINGS,
  type Setting,
  TOKEN_VARIABLE,
  UPSTREAM_KEY_VARIABLE,
} from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
/** Flags by their name without dashes: `{ port: "0" }`. */
export type ConfigFlags = Readonly<Record<string, string | undefined>>;

export type Overlay = {
  readonly value: Record<string, unknown>;
  /** `gateway.port` -> `flag --port`, for every value that the file does not give. */
  readonly sources: ReadonlyMap<string, string>;
};

export function overlay(
  file: Record<string, unknown>,
  environment: Environment,
  flags: ConfigFlags,
): Overlay {
  const value: Record<string, unknown> = { ...file };
  const sources = new Map<string, string>();
  for (const setting of SETTINGS) {
    const given = lookUp(setting, environment, flags);
    if (given === null) continue;
    const [section, key] = setting.path;
    const present = value[section];
    value[section] = {
      ...(isJsonObject(present) ? present : {}),
      [key]: convert(given.text, setting),
    };
    sources.set(setting.path.join("."), given.source);
  }
  return { value, sources };
}

function lookUp(
  setting: Setting,
  environment: Environment,
  flags: ConfigFlags,
): { readonly text: string; readonly source: string } | null {
  const flag = setting.flag === null ? undefined : flags[setting.flag];
  if (flag !== undefined) return { text: flag, source: `flag --${setting.flag}` };
  const variable = setting.variable === null ? undefined : environment[setting.variable];
  // An empty variable counts as unset, as it does for most programs.
  if (variable === undefined || variable === "") return null;
  return { text: variable, source: `environment variable ${setting.variable}` };
}

/** A text that does not read as the kind stays a text, so that the check can name it. */
function convert(text: string, setting: Setting): unknown {
  switch (setting.kind) {
    case "number":
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text.split(",").map((entry) => entry.trim());
    case "text":
      return text;
  }
}

/** Variables that look like ours and that nobody reads: most likely a slip of the pen. */
export function unreadVariables(environment: Environment): readonly string[] {
  const known = [
    ADMIN_KEY_VARIABLE,
    CONFIG_VARIABLE,
    TOKEN_VARIABLE,
    UPSTREAM_KEY_VARIABLE,
    ...SETTINGS.flatMap(({ variable }) => (variable === null ? [] : [variable])),
  ];
  return Object.keys(environment)
    .filter((name) => name.startsWith("PURSER_") && !known.includes(name))
    .sort()
    .map((name) => {
      const near = closestWord(name, known);
      return `the variable ${name} is not read${near === null ? "" : `; did you mean ${near}?`}`;
    });
}
