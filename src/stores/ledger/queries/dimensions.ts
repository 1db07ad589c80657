/**
 * The fixed table from dimensions to SQL, for each kind of source. A dimension that a source lacks
 * sends the question to the rows. Times are whole numbers in SQL and get their text here.
 */
import { DAY_MS, formatInstant, HOUR_MS, type Instant, PurserError } from "../../../base/index.ts";
import type { Dimension, PlainDimension } from "../../contracts/index.ts";

export type SourceKind = "rows" | "hourly" | "users" | "sessions";
export type Dimensions = { readonly [Name in PlainDimension]?: string };

const ROLLUP_NAMES = {
  model: "model",
  endpoint: "endpoint",
  "user-type": "user_type",
  team: "team",
} as const satisfies Dimensions;

export const SOURCE_DIMENSIONS: { readonly [Kind in SourceKind]: Dimensions } = {
  hourly: {
    ...ROLLUP_NAMES,
    key: '"key"',
    outcome: "outcome",
    client: "client",
    hour: "slot",
    "hour-of-day": "slot % 24",
    day: "slot // 24",
  },
  users: { "user-type": "user_type", team: "team", user: '"user"', day: "slot" },
  sessions: { ...ROLLUP_NAMES, user: '"user"', session: '"session"', day: "slot" },
  rows: {
    ...ROLLUP_NAMES,
    key: '"key"',
    user: '"user"',
    session: '"session"',
    outcome: "outcome",
    client: "client",
    source: "coalesce(source, 'gateway')",
    hour: `opened_ms // ${HOUR_MS}`,
    "hour-of-day": `(opened_ms // ${HOUR_MS}) % 24`,
    day: `opened_ms // ${DAY_MS}`,
  },
};

const TIME_DIMENSIONS = ["hour", "hour-of-day", "day"] as const;
type TimeDimension = (typeof TIME_DIMENSIONS)[number];

export function isTimeDimension(dimension: Dimension): dimension is TimeDimension {
  return TIME_DIMENSIONS.some((name) => name === dimension);
}

/** The name in `tag:NAME`; `null` for a plain dimension. */
export function tagName(dimension: Dimension): string | null {
  return dimension.startsWith("tag:") ? dimension.slice("tag:".length) : null;
}

/** Throws `LEDGER_QUESTION_INVALID` unless it is in the table, or a tag with a name. */
export function checkDimension(dimension: Dimension): void {
  const name = tagName(dimension);
  if (name !== null && name.length > 0) return;
  if (name === null && Object.hasOwn(SOURCE_DIMENSIONS.rows, dimension)) return;
  const what = `"${dimension.slice(0, 60)}" is not a dimension`;
  throw new PurserError("LEDGER_QUESTION_INVALID", { what });
}

/** `2026-11-22T22:00Z`, `22`, `2026-11-22`: the text of a time slot. */
export function formatSlot(dimension: TimeDimension, slot: bigint): string {
  switch (dimension) {
    case "hour":
      return `${formatInstant((Number(slot) * HOUR_MS) as Instant).slice(0, 16)}Z`;
    case "hour-of-day":
      return String(slot).padStart(2, "0");
    case "day":
      return formatInstant((Number(slot) * DAY_MS) as Instant).slice(0, 10);
    default:
      return dimension satisfies never;
  }
}

/** Inverse of {@link formatSlot}. Throws `LEDGER_QUESTION_INVALID`. */
export function parseSlot(dimension: TimeDimension, text: string): bigint {
  const slot = slotOf(dimension, text);
  if (slot === null) {
    const what = `"${text.slice(0, 60)}" is no value of the dimension ${dimension}`;
    const mend =
      "Write an hour as 2026-11-22T22:00Z, an hour of the day as 22, a day as 2026-11-22.";
    throw new PurserError("LEDGER_QUESTION_INVALID", { what, mend });
  }
  return BigInt(slot);
}

function slotOf(dimension: TimeDimension, text: string): number | null {
  if (dimension === "hour-of-day") return /^([01]?\d|2[0-3])$/.test(text) ? Number(text) : null;
  const epochMs = Date.parse(text);
  const form = dimension === "day" ? /^\d{4}-\d{2}-\d{2}$/ : /^\d{4}-\d{2}-\d{2}T\d{2}:00/;
  if (!form.test(text) || Number.isNaN(epochMs)) return null;
  return Math.floor(epochMs / (dimension === "day" ? DAY_MS : HOUR_MS));
}
