import { z } from "zod";
import { assert, formatInstant, formatUsd, type Instant, picoUsd } from "../base/index.ts";
import {
  type ArmPart,
  CARRY_OVER_MS,
  experimentUnits,
  parseArm,
  TIME_BLOCK_MS,
} from "../domain/policy/index.ts";
import { type MeasuredSaving, measureSaving, UNITS_MIN } from "../domain/statistics/index.ts";
import type { ArmRow } from "../stores/contracts/index.ts";
import { defineOperation } from "./operation.ts";
import { count, usd } from "./output-values.ts";
import { readWindow } from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

const LEVEL = 0.95;

const arm = z.object({
  units: count().describe("Prefix roots in blocks of time."),
  exchanges: count(),
  prompt_usd: usd().describe("What the prompts cost: fresh input, cache writes, cache reads."),
  uncached_usd: usd().describe("What they would have cost as fresh input."),
});

const measured = z.object({
  share: z.number().describe("Share of the prompts' cost that was saved."),
  share_low: z.number(),
  share_high: z.number(),
  usd: usd().describe("Saved on the traffic that was applied. An estimate."),
  usd_low: usd(),
  usd_high: usd(),
  level: z.number().describe("How often such an interval holds the truth."),
  degrees_of_freedom: z.number(),
});

const modelled = z.object({
  exchanges: count().describe("Applied calls whose client set no markers of its own."),
  prompt_usd: usd(),
  without_policy_usd: usd().describe("All of their prompts as fresh input: exact, by their bills."),
  usd: usd(),
  exchanges_left_out: count().describe(
    "Applied calls with markers of their own: not modelled here.",
  ),
});

export const savings = defineOperation({
  name: "savings",
  path: ["savings"],
  title: "What the policies saved",
  summary:
    "Measures the saving of the cache policies against the traffic held out, with its interval.",
  effects: "reads",
  input: z.strictObject({ ...windowInput }),
  output: z.object({
    since: z.string().nullable(),
    until: z.string().nullable(),
    applied: arm,
    held_out: arm,
    measured: measured.nullable(),
    not_measured_because: z.string().nullable(),
    modelled,
  }),
  examples: [
    { says: "over all that is on record", input: {} },
    { says: "over the last four weeks", input: { since: "28d" } },
  ],
  async run(input, context) {
    const window = readWindow(input, context.clock.now());
    const reader = await context.ledger();
    const question = { ...window, blockMs: TIME_BLOCK_MS, earlyMs: CARRY_OVER_MS };
    const rows = await reader.arms(question);
    const [applied, heldOut] = [rowsOf(rows, "apply"), rowsOf(rows, "hold-out")];
    const saving = measureSaving({ ...experimentUnits(rows.map(toPart)), level: LEVEL });
    return {
      since: timeOrNull(window.since),
      until: timeOrNull(window.until),
      applied: toArm(applied),
      held_out: toArm(heldOut),
      measured: saving.kind === "measured" ? toMeasured(saving, applied) : null,
      not_measured_because: saving.kind === "measured" ? null : whyNot(saving),
      modelled: toModelled(applied),
    };
  },
});

function rowsOf(rows: readonly ArmRow[], name: string): readonly ArmRow[] {
  return rows.filter((row) => parseArm(row.arm)?.name === name);
}

/** Shares come out of these, so that doubles are enough; amounts that are shown stay exact. */
function toPart({ arm: text, marked, early, promptAmount, uncachedAmount }: ArmRow): ArmPart {
  return {
    arm: text,
    early,
    stratum: marked ? "marked" : "unmarked",
    cost: Number(promptAmount),
    volume: Number(uncachedAmount),
  };
}

function sumOf(rows: readonly ArmRow[], pick: (row: ArmRow) => bigint): bigint {
  return rows.reduce((sum, row) => sum + pick(row), 0n);
}

function toArm(rows: readonly ArmRow[]): z.output<typeof arm> {
  return {
    units: new Set(rows.map((row) => row.arm)).size,
    exchanges: rows.reduce((sum, { exchanges }) => sum + exchanges, 0),
    prompt_usd: formatUsd(picoUsd(sumOf(rows, ({ promptAmount }) => promptAmount))),
    uncached_usd: formatUsd(picoUsd(sumOf(rows, ({ uncachedAmount }) => uncachedAmount))),
  };
}

type Saving = Extract<MeasuredSaving, { kind: "measured" }>;

function toMeasured(saving: Saving, applied: readonly ArmRow[]): z.output<typeof measured> {
  const cost = Number(sumOf(applied, ({ promptAmount }) => promptAmount));
  /** Of what it would have cost, the share was saved and the rest was paid. */
  const saved = (share: number): string => {
    const amount = Math.round((cost * share) / (1 - share));
    assert(Number.isFinite(amount), "less than everything is saved");
    return formatUsd(picoUsd(BigInt(amount)));
  };
  return {
    share: saving.share,
    share_low: saving.low,
    share_high: saving.high,
    usd: saved(saving.share),
    usd_low: saved(saving.low),
    usd_high: saved(saving.high),
    level: LEVEL,
    degrees_of_freedom: saving.degreesOfFreedom,
  };
}

function whyNot(saving: Exclude<MeasuredSaving, Saving>): string {
  const { appliedUnits, heldOutUnits } = saving;
  return (
    `there are ${appliedUnits} units applied and ${heldOutUnits} held out; ` +
    `an interval takes at least ${UNITS_MIN} of each`
  );
}

function toModelled(applied: readonly ArmRow[]): z.output<typeof modelled> {
  const plain = applied.filter(({ marked }) => !marked);
  const cost = sumOf(plain, ({ promptAmount }) => promptAmount);
  const without = sumOf(plain, ({ uncachedAmount }) => uncachedAmount);
  const all = applied.reduce((sum, { exchanges }) => sum + exchanges, 0);
  const exchanges = plain.reduce((sum, row) => sum + row.exchanges, 0);
  return {
    exchanges,
    prompt_usd: formatUsd(picoUsd(cost)),
    without_policy_usd: formatUsd(picoUsd(without)),
    usd: formatUsd(picoUsd(without - cost)),
    exchanges_left_out: all - exchanges,
  };
}

function timeOrNull(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
