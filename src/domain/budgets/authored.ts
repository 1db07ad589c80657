/** A budget as people write it, in the file and by command, and the way from there to a definition. */
import { type ErrorCode, errorDefinition } from "../../base/index.ts";
import type {
  BudgetAttribute,
  BudgetDefinition,
  BudgetMatch,
  BudgetStep,
  BudgetWindow,
} from "./definition.ts";
import {
  type Limit,
  type PartReading,
  readAttribute,
  readLimit,
  readStep,
  readWindow,
} from "./parts.ts";

export type AuthoredBudget = {
  readonly name: string;
  /** `$500`, `2M tokens`, `1000 calls`. */
  readonly limit: string;
  /** `month` if unsaid. */
  readonly window?: string | undefined;
  /** `UTC` if unsaid. */
  readonly timeZone?: string | undefined;
  /** By attribute, the values of which any one must fit. */
  readonly match?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly per?: string | undefined;
  readonly enforcement?: "hard" | "soft" | undefined;
  readonly shadow?: boolean | undefined;
  readonly whenShort?: "refuse" | "shrink" | undefined;
  /** `refuse` if unsaid; else the limit's kind of amount: `$1`. */
  readonly whenUnbounded?: string | undefined;
  readonly steps?: readonly string[] | undefined;
};

export type BudgetProblem = {
  readonly code: ErrorCode;
  /** Which part of the authored budget: `limit`, `match.users`, `steps.1`. */
  readonly field: string;
  readonly what: string;
  readonly mend: string;
};

export type BudgetReading =
  | { readonly kind: "budget"; readonly definition: BudgetDefinition }
  | { readonly kind: "problems"; readonly problems: readonly BudgetProblem[] };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const STEPS_MAX = 10;
const MATCH_VALUES_MAX = 1_000;
const VALUE_LENGTH_MAX = 256;

export function readBudget(authored: AuthoredBudget): BudgetReading {
  const problems: BudgetProblem[] = [];
  const note = (field: string, code: ErrorCode, what: string, mend?: string): void => {
    problems.push({ code, field, what, mend: mend ?? errorDefinition(code).mend });
  };
  const read = <Value>(field: string, reading: PartReading<Value>, instead: Value): Value => {
    if (reading.kind === "value") return reading.value;
    const { code, what, mend } = reading.problem;
    note(code === "BUDGET_TIME_ZONE_UNKNOWN" ? "timeZone" : field, code, what, mend);
    return instead;
  };
  const { name, per, enforcement = "hard", whenUnbounded = "refuse" } = authored;
  if (!NAME.test(name)) note("name", "BUDGET_NAME_INVALID", `"${name.slice(0, 60)}" is not a name`);
  const limit = read<Limit>("limit", readLimit(authored.limit), { unit: "usd", cap: 1n });
  const window = read<BudgetWindow>(
    "window",
    readWindow(authored.window ?? "month", authored.timeZone ?? "UTC"),
    { kind: "lifetime" },
  );
  const match = readMatch(authored.match ?? {}, read, note);
  const perRead: BudgetAttribute | null =
    per === undefined ? null : read<BudgetAttribute | null>("per", readAttribute(per), null);
  if (window.kind === "session" && perRead !== null && perRead !== "session") {
    note(
      "per",
      "BUDGET_SETTING_INVALID",
      "a session's window is kept per session",
      "Leave per out.",
    );
  }
  const steps = readSteps(authored.steps ?? [], read, note);
  const ceiling = whenUnbounded === "refuse" ? null : readLimit(whenUnbounded);
  if (ceiling?.kind === "problem")
    note("whenUnbounded", ceiling.problem.code, ceiling.problem.what);
  if (ceiling?.kind === "value" && ceiling.value.unit !== limit.unit) {
    const what = `the ceiling is in ${ceiling.value.unit} and the limit in ${limit.unit}`;
    note("whenUnbounded", "BUDGET_SETTING_INVALID", what, "Write both in the same unit.");
  }
  if (problems.length > 0) return { kind: "problems", problems };
  const definition: BudgetDefinition = {
    name,
    match,
    per: window.kind === "session" ? "session" : perRead,
    window,
    ...limit,
    enforcement,
    mode: authored.shadow === true ? "shadow" : "apply",
    whenShort: authored.whenShort ?? "refuse",
    unboundedCeiling: ceiling?.kind === "value" ? ceiling.value.cap : null,
    steps,
  };
  return { kind: "budget", definition };
}

type Read = <Value>(field: string, reading: PartReading<Value>, instead: Value) => Value;
type Note = (field: string, code: ErrorCode, what: string, mend?: string) => void;

function readMatch(
  authored: Readonly<Record<string, readonly string[]>>,
  read: Read,
  note: Note,
): BudgetMatch {
  const match: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(authored)) {
    const field = `match.${name}`;
    const attribute = read<BudgetAttribute | null>(field, readAttribute(name), null);
    const isListed = values.length > 0 && values.length <= MATCH_VALUES_MAX;
    const isShort = values.every(({ length }) => length > 0 && length <= VALUE_LENGTH_MAX);
    if (!isListed || !isShort) {
      const mend = `Name 1 to ${MATCH_VALUES_MAX} values of at most ${VALUE_LENGTH_MAX} characters.`;
      note(field, "BUDGET_SETTING_INVALID", "the values cannot be matched", mend);
    }
    if (attribute !== null) match[attribute] = values;
  }
  return match;
}

function readSteps(authored: readonly string[], read: Read, note: Note): readonly BudgetStep[] {
  if (authored.length > STEPS_MAX) {
    note("steps", "BUDGET_STEP_INVALID", `there are more than ${STEPS_MAX} steps`);
  }
  const steps = authored
    .slice(0, STEPS_MAX)
    .map((text, index) => read<BudgetStep | null>(`steps.${index}`, readStep(text), null))
    .filter((step): step is BudgetStep => step !== null);
  return steps.toSorted((left, right) => left.atPercent - right.atPercent);
}
