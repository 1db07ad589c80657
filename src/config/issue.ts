import { type ErrorCode, PurserError } from "../base/index.ts";

/** A place in a file, counted from one as editors do. */
export type Position = { readonly line: number; readonly column: number };

/** Keys and list positions from the top of the configuration down to a value. */
export type KeyPath = readonly (string | number)[];

/** One thing that is wrong with the configuration. */
export type ConfigIssue = {
  readonly code: ErrorCode;
  /** `purser.yaml:3:5`, `environment variable PURSER_PORT`, `flag --port`. */
  readonly source: string;
  readonly position: Position | null;
  /** `gateway.port`; `null` when the file as a whole is meant. */
  readonly key: string | null;
  readonly what: string;
  readonly mend: string;
};

/** `policies[2].match`, as the reference page writes it. */
export function formatKeyPath(path: KeyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/**
 * All issues as one error: the first gives the code, the place and the mend; `data.issues` holds
 * every one of them, in the order of the file.
 */
export function configError(issues: readonly [ConfigIssue, ...ConfigIssue[]]): PurserError {
  const [first, ...rest] = issues;
  return new PurserError(first.code, {
    what: rest.length === 0 ? first.what : `${first.what} (and ${rest.length} more)`,
    where: placeOf(first),
    mend: first.mend,
    data: { issues: issues.map((issue) => ({ ...issue, place: placeOf(issue) })) },
  });
}

function placeOf(issue: ConfigIssue): string {
  return issue.key === null ? issue.source : `${issue.source} (${issue.key})`;
}
