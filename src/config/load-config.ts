/**
 * Reads the configuration: file, then variables, then flags on top. The one part of `config` that
 * touches the disk. Starts nothing and changes nothing.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { isJsonObject } from "../base/index.ts";
import { applyDefaults } from "./apply-defaults.ts";
import { authoredConfigSchema, type CheckedConfig } from "./authored.ts";
import { budgetWarnings } from "./budget-policies.ts";
import { checkTogether, leftOutPolicies } from "./check.ts";
import { configVersion } from "./config-version.ts";
import { defaultDataDirectory } from "./defaults.ts";
import { explainZod, type FindPlace } from "./explain-zod.ts";
import { type ConfigIssue, configError, formatKeyPath } from "./issue.ts";
import type { LoadedConfig } from "./loaded.ts";
import { type ConfigFlags, type Environment, overlay, unreadVariables } from "./overlay.ts";
import { readYaml, withoutEmptySections, type YamlFile } from "./read-yaml.ts";
import { CONFIG_VARIABLE, TOKEN_VARIABLE, UPSTREAM_KEY_VARIABLE } from "./settings.ts";

export type ConfigSources = {
  readonly flags: ConfigFlags & { readonly config?: string | undefined };
  readonly environment: Environment;
  /** Where relative paths begin, and where `purser.yaml` is looked for. */
  readonly workingDirectory: string;
};

const FILE_BYTES_MAX = 1_048_576;
const SECRET_CHARACTERS_MIN = 16;
const SECRET_CHARACTERS_MAX = 512;

/**
 * The whole configuration, complete and checked.
 *
 * Errors: every `CONFIG_*` code. All issues of a file are in `data.issues`; the first is the error.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const path = findFile(sources);
  const name = path === null ? "" : nameOf(path, sources.workingDirectory);
  const yaml = path === null ? null : parseFile(name, readText(path, name));
  const fileValue = yaml === null ? {} : checkFile(yaml, name);
  const over = overlay(fileValue, sources.environment, sources.flags);
  const placeOf = placeFinder(yaml, name, over.sources);
  const checked = authoredConfigSchema.safeParse(over.value, { reportInput: true });
  if (!checked.success) throw failWith(explainZod(checked.error.issues, placeOf));
  failWhenAny(checkTogether(checked.data, placeOf));
  const base = path === null ? sources.workingDirectory : dirname(path);
  return complete(checked.data, { sources, over: over.sources, base, file: path });
}

type Completion = {
  readonly sources: ConfigSources;
  readonly over: ReadonlyMap<string, string>;
  readonly base: string;
  readonly file: string | null;
};

function complete(config: CheckedConfig, { sources, over, base, file }: Completion): LoadedConfig {
  // A path from a variable or a flag belongs to the shell that gave it, one from the file to the file.
  const baseOf = (key: string): string => (over.has(key) ? sources.workingDirectory : base);
  const directory = config.data?.directory;
  const fileOf = (key: string, path: string | undefined): string | null =>
    path === undefined ? null : resolve(baseOf(key), path);
  const secret = (name: string, variable: string, file: string | null): string | null =>
    readSecret({ name, variable, file }, sources.environment);
  const tokenFile = fileOf("control.tokenFile", config.control?.tokenFile);
  const keyFile = fileOf("upstream.keyFile", config.upstream?.keyFile);
  const loaded = applyDefaults(config, {
    file,
    data: {
      directory:
        directory === undefined
          ? resolve(sources.workingDirectory, defaultDataDirectory(sources.environment))
          : resolve(baseOf("data.directory"), directory),
    },
    token: secret("the control plane's token", TOKEN_VARIABLE, tokenFile),
    upstreamKey: secret("the provider's key", UPSTREAM_KEY_VARIABLE, keyFile),
    warnings: [
      ...unreadVariables(sources.environment),
      ...budgetWarnings(config),
      ...leftOutPolicies(config),
    ],
  });
  return { ...loaded, version: configVersion(loaded) };
}

/** `--config`, then the variable, then `purser.yaml` in the working directory when there is one. */
function findFile({ flags, environment, workingDirectory }: ConfigSources): string | null {
  const named = flags.config ?? (environment[CONFIG_VARIABLE] || undefined);
  if (named === undefined) {
    const usual = resolve(workingDirectory, "purser.yaml");
    return existsSync(usual) ? usual : null;
  }
  const path = resolve(workingDirectory, named);
  if (existsSync(path)) return path;
  const source =
    flags.config === undefined ? `environment variable ${CONFIG_VARIABLE}` : "flag --config";
  throw failWith([plainIssue("CONFIG_NOT_FOUND", source, `there is no file ${named}`)]);
}

function nameOf(path: string, workingDirectory: string): string {
  const near = relative(workingDirectory, path);
  return near.startsWith("..") ? path : near;
}

function readText(path: string, name: string): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX) {
      throw failWith([
        plainIssue("CONFIG_UNREADABLE", name, "the file is larger than one mebibyte"),
      ]);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw failWith([
      plainIssue("CONFIG_UNREADABLE", name, `the file cannot be read: ${error.code}`),
    ]);
  }
}

function parseFile(name: string, text: string): YamlFile {
  const yaml = readYaml(name, text);
  if ("value" in yaml) return yaml;
  throw failWith(yaml);
}

/** The file on its own: a wrong value is named even where a flag would have hidden it. */
function checkFile(yaml: YamlFile, name: string): Record<string, unknown> {
  const placeOf = placeFinder(yaml, name, new Map());
  const value = withoutEmptySections(yaml.value);
  const checked = authoredConfigSchema.safeParse(value, { reportInput: true });
  if (!checked.success) throw failWith(explainZod(checked.error.issues, placeOf));
  return isJsonObject(value) ? { ...value } : {};
}

function placeFinder(
  yaml: YamlFile | null,
  name: string,
  overlaid: ReadonlyMap<string, string>,
): FindPlace {
  return (path, part) => {
    const over = overlaid.get(formatKeyPath(path.slice(0, 2)));
    if (over !== undefined || yaml === null) {
      return { source: over ?? "default", position: null };
    }
    const position = yaml.locate(path, part);
    return { source: `${name}:${position.line}:${position.column}`, position };
  };
}

type SecretSource = {
  /** What it is, for errors. */
  readonly name: string;
  readonly variable: string;
  readonly file: string | null;
};

/** A secret from its variable, else from the first line of the file that is named. */
function readSecret({ name, variable, file }: SecretSource, environment: Environment) {
  const given = environment[variable];
  const [source, secret] =
    given !== undefined && given !== ""
      ? [`environment variable ${variable}`, given]
      : file === null
        ? ["", null]
        : [file, (readText(file, file).split("\n")[0] ?? "").trim()];
  if (secret === null) return null;
  const printable = /^[\x21-\x7e]+$/.test(secret);
  const isLong = secret.length >= SECRET_CHARACTERS_MIN;
  if (isLong && secret.length <= SECRET_CHARACTERS_MAX && printable) return secret;
  const what = `${name} is too short, too long or holds a space`;
  const mend = `Use ${SECRET_CHARACTERS_MIN} to ${SECRET_CHARACTERS_MAX} visible ASCII characters.`;
  throw failWith([{ ...plainIssue("CONFIG_INVALID_VALUE", source, what), mend }]);
}

function plainIssue(code: ConfigIssue["code"], source: string, what: string): ConfigIssue {
  const mends: Partial<Record<ConfigIssue["code"], string>> = {
    CONFIG_NOT_FOUND: "Check the path, or leave it out to use purser.yaml in this folder.",
    CONFIG_UNREADABLE: "Check the path and the permissions of the file.",
  };
  return { code, source, position: null, key: null, what, mend: mends[code] ?? "" };
}

function failWith(issues: readonly ConfigIssue[]): Error {
  const [first, ...rest] = issues;
  if (first === undefined) throw new Error("a failed check names no issue");
  return configError([first, ...rest]);
}

function failWhenAny(issues: readonly ConfigIssue[]): void {
  if (issues.length > 0) throw failWith(issues);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && !("mend" in error);
}
