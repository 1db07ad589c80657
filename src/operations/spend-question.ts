/** The texts of a report's question to the question that a ledger answers. */
import { closestWord, type Instant, PurserError } from "../base/index.ts";
import {
  type Dimension,
  type Filter,
  PLAIN_DIMENSIONS,
  type PlainDimension,
} from "../stores/contracts/index.ts";
import { readOptionalMoment } from "./moment.ts";

/** Dimensions and filters that one question may have. */
export const DIMENSIONS_MAX = 6;
export const FILTERS_MAX = 20;
const TAG_NAME_CHARACTERS_MAX = 128;

/** A dimension to group by. Errors: `OPERATION_DIMENSION_UNKNOWN`, with the nearest known one. */
export function readDimension(text: string): Dimension {
  return dimensionIn(text, "by");
}

function dimensionIn(text: string, field: "by" | "where"): Dimension {
  const tag = /^tag:(.+)$/.exec(text)?.[1];
  if (tag !== undefined && tag.length <= TAG_NAME_CHARACTERS_MAX) return `tag:${tag}`;
  if (isPlainDimension(text)) return text;
  const near = closestWord(text, PLAIN_DIMENSIONS);
  const hint = near === null ? "" : ` Did you mean ${near}?`;
  throw new PurserError("OPERATION_DIMENSION_UNKNOWN", {
    what: `there is no dimension "${text.slice(0, 60)}"`,
    where: field,
    mend: `Known: ${PLAIN_DIMENSIONS.join(", ")}, tag:NAME.${hint}`,
  });
}

/**
 * `endpoint=chat`, `team!=search`, `user=` (those without one).
 *
 * Errors: `OPERATION_FILTER_INVALID`, `OPERATION_DIMENSION_UNKNOWN`.
 */
export function readFilter(text: string): Filter {
  const match = /^([a-z-]+|tag:[^=!]+)(=|!=)(.*)$/s.exec(text.trim());
  if (match?.[1] === undefined) {
    throw new PurserError("OPERATION_FILTER_INVALID", {
      what: `"${text.slice(0, 60)}" is not a filter`,
      where: "where",
    });
  }
  const value = match[3] ?? "";
  return {
    dimension: dimensionIn(match[1].trim(), "where"),
    comparison: match[2] === "=" ? "is" : "is-not",
    value: value === "" ? null : value,
  };
}

/** Errors: `OPERATION_TIME_INVALID`. */
export function readWindow(
  input: { readonly since?: string | undefined; readonly until?: string | undefined },
  now: Instant,
): { readonly since: Instant | null; readonly until: Instant | null } {
  const since = readOptionalMoment(input.since, now, "since");
  const until = readOptionalMoment(input.until, now, "until");
  if (since !== null && until !== null && since >= until) {
    throw new PurserError("OPERATION_TIME_INVALID", {
      what: "the window ends before it begins",
      where: "until",
      mend: "Write a time after the one in since; until is not part of the window.",
    });
  }
  return { since, until };
}

function isPlainDimension(text: string): text is PlainDimension {
  return (PLAIN_DIMENSIONS as readonly string[]).includes(text);
}
