import { describe, expect, it } from "vitest";
import {
  type AuditedBudget,
  auditBudgets,
  type BudgetRecords,
  type JournalEvent,
} from "./budget-audit.ts";

const HOUR = 3_600_000;
const budgets: readonly AuditedBudget[] = [
  { name: "all", capPicoUsd: 100n, windowMs: HOUR, perUser: false },
  { name: "user", capPicoUsd: 60n, windowMs: null, perUser: true },
];

function opened(
  id: string,
  worst: bigint,
  more: Partial<Extract<JournalEvent, { kind: "opened" }>> = {},
): JournalEvent {
  const base = {
    kind: "opened",
    exchange: id,
    atMs: 5,
    attempt: id,
    user: "dana",
    decisions: [],
  } as const;
  return { ...base, worstPicoUsd: worst, ...more };
}

function settled(id: string, finalPicoUsd: bigint | null, isFree = false): JournalEvent {
  return { kind: "settled", exchange: id, outcome: "completed", finalPicoUsd, isFree };
}

const refusal = { decisions: ["budget all refuse short"] };
const sound: BudgetRecords = {
  budgets,
  events: [
    opened("a", 50n),
    opened("b", 50n, { user: "kim" }),
    opened("c", 1n, { user: "lee", ...refusal }),
    settled("a", 20n),
    settled("b", null),
    opened("d", 30n),
    settled("d", null, true),
    opened("e", 100n, { atMs: HOUR, user: null }),
    settled("e", 3n),
  ],
  billed: [
    { attempt: "a", picoUsd: 20n },
    { attempt: "b", picoUsd: 49n },
  ],
};

function codes(records: Partial<BudgetRecords>): readonly string[] {
  return auditBudgets({ ...sound, ...records }).findings.map(({ code }) => code);
}

describe("auditBudgets", () => {
  it("auditBudgets passes records that keep within every cap", () => {
    expect(auditBudgets(sound)).toEqual({
      ...{ findings: [], admitted: 4, refused: 1, atWorstCase: 1, windows: 5 },
      ...{ heldShareMax: 1, billedShareMax: 0.8166 },
    });
  });

  it.each<[string, Partial<BudgetRecords>]>([
    [
      "over-cap",
      {
        events: [
          opened("a", 60n),
          opened("b", 41n, { user: "kim" }),
          settled("a", 1n),
          settled("b", 1n),
        ],
      },
    ],
    ["over-cap", { events: [opened("a", 10n), settled("a", 101n)], budgets: budgets.slice(0, 1) }],
    [
      "bill-over-cap",
      {
        events: [
          opened("a", 61n, { user: null }),
          opened("b", 39n, { user: null }),
          settled("a", 1n),
          settled("b", 1n),
        ],
        billed: [
          { attempt: "a", picoUsd: 61n },
          { attempt: "b", picoUsd: 40n },
        ],
      },
    ],
    ["bill-over-worst-case", { billed: [{ attempt: "a", picoUsd: 51n }] }],
    ["refused-though-it-fitted", { events: [opened("a", 60n, refusal)], billed: [] }],
    ["billed-unrecorded", { billed: [{ attempt: "z", picoUsd: 1n }] }],
    ["billed-though-refused", { billed: [{ attempt: "c", picoUsd: 1n }] }],
    ["still-reserved", { events: [opened("a", 1n)], billed: [] }],
  ])("auditBudgets finds %s", (code, records) => {
    expect(codes(records)).toContain(code);
  });
});
