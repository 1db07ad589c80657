import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationMs, picoUsd } from "../../base/index.ts";
import {
  BudgetBook,
  type BudgetDefinition,
  type BudgetedCall,
  type BudgetSubject,
  type Charge,
  type Ticket,
} from "./index.ts";

const NOON = Date.UTC(2026, 10, 25, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const NOBODY: BudgetSubject = {
  ...{ key: null, user: null, userType: null, team: null, endpoint: null, session: null },
  model: "claude-opus-5-5",
  tags: {},
};

function definition(more: Partial<BudgetDefinition> = {}): BudgetDefinition {
  return {
    name: "all",
    match: {},
    per: null,
    window: { kind: "day", timeZone: "UTC" },
    unit: "usd",
    cap: 100n,
    enforcement: "hard",
    mode: "apply",
    whenShort: "refuse",
    unboundedCeiling: null,
    steps: [],
    ...more,
  };
}

function book(...definitions: readonly BudgetDefinition[]): BudgetBook {
  const made = new BudgetBook({ balancesMax: 1_000, canonicalModel: (model) => model });
  made.define(definitions);
  return made;
}

function call(usd: bigint | null, more: Partial<BudgetSubject> = {}, atMs = NOON): BudgetedCall {
  const amount = usd === null ? null : picoUsd(usd);
  return { atMs, subject: { ...NOBODY, ...more }, worst: { usd: amount, tokens: usd } };
}

function known(amount: bigint): Charge {
  return { kind: "known", usd: picoUsd(amount), tokens: amount };
}

function reserved(made: BudgetBook, asked: BudgetedCall): Ticket {
  const outcome = made.reserve(asked);
  if (outcome.kind !== "reserved") throw new Error(outcome.kind);
  return outcome.ticket;
}

function figures(made: BudgetBook, name = "all", key = "", atMs = NOON) {
  const balance = made.budget(name)?.find(key, atMs);
  return [balance?.spent(atMs) ?? 0n, balance?.reserved ?? 0n];
}

describe("BudgetBook", () => {
  test("BudgetBook reserves in all budgets of a call or in none", () => {
    const made = book(
      definition({ name: "wide", cap: 1_000n }),
      definition({ name: "narrow", cap: 50n, match: { team: ["search"] } }),
    );
    const outcome = made.reserve(call(60n, { team: "search" }));
    expect(outcome).toMatchObject({
      kind: "refused",
      stoppedBy: [{ verdict: "short", left: 50n }],
    });
    expect(figures(made, "wide")).toEqual([0n, 0n]);
    reserved(made, call(60n, { team: "ads" }));
    reserved(made, call(50n, { team: "search" }));
    expect(figures(made, "wide")).toEqual([0n, 110n]);
    expect(figures(made, "narrow")).toEqual([0n, 50n]);
  });

  test("BudgetBook settles to what a call came to, and frees the rest", () => {
    const made = book(definition());
    const ticket = reserved(made, call(100n));
    expect(made.reserve(call(1n)).kind).toBe("refused");
    expect(made.settle(ticket, known(30n), NOON)).toEqual([]);
    expect(figures(made)).toEqual([30n, 0n]);
    expect(() => made.settle(ticket, known(30n), NOON)).toThrow("settled once");
    made.settle(reserved(made, call(70n)), { kind: "free" }, NOON);
    expect(figures(made)).toEqual([30n, 0n]);
  });

  test("BudgetBook keeps what nobody knows at its worst case until it is corrected", () => {
    const made = book(definition());
    const ticket = reserved(made, call(80n));
    made.settle(ticket, { kind: "unknown" }, NOON);
    expect(figures(made)).toEqual([80n, 0n]);
    made.correct(ticket, known(25n), NOON);
    expect(figures(made)).toEqual([25n, 0n]);
    made.correct(ticket, { kind: "unknown" }, NOON);
    expect(figures(made)).toEqual([80n, 0n]);
  });

  test("BudgetBook tells an overrun, and whether the call had a bound", () => {
    const made = book(definition({ unboundedCeiling: 10n }));
    const open = reserved(made, call(null));
    expect(made.settle(open, known(35n), NOON)).toEqual([
      { budget: "all", by: 25n, wasBounded: false },
    ]);
    const bounded = reserved(made, call(10n));
    expect(made.settle(bounded, known(11n), NOON)).toMatchObject([{ by: 1n, wasBounded: true }]);
    expect(made.budget("all")?.find("", NOON)?.overrun).toBe(26n);
  });

  test("BudgetBook refuses a call without a bound unless the budget has a ceiling for it", () => {
    const outcome = book(definition()).reserve(call(null));
    expect(outcome).toMatchObject({ kind: "refused", stoppedBy: [{ verdict: "unbounded" }] });
    const counted = book(definition({ unit: "calls", cap: 1n }));
    reserved(counted, call(null));
    expect(counted.reserve(call(null)).kind).toBe("refused");
  });

  test("BudgetBook keeps one balance for each value of `per`", () => {
    const made = book(definition({ per: "user", cap: 10n }));
    reserved(made, call(10n, { user: "dana" }));
    reserved(made, call(10n, { user: "kim" }));
    expect(made.reserve(call(1n, { user: "kim" })).kind).toBe("refused");
    expect(reserved(made, call(1_000n)).holds).toEqual([]);
  });

  test("BudgetBook never refuses for a soft budget or one in shadow, and counts all the same", () => {
    for (const lenient of [{ enforcement: "soft" }, { mode: "shadow" }] as const) {
      const made = book(definition({ cap: 1n, ...lenient }));
      expect(made.quote(call(5n))).toMatchObject([{ verdict: "short" }]);
      made.settle(reserved(made, call(5n)), known(4n), NOON);
      expect(figures(made)).toEqual([4n, 0n]);
      reserved(made, call(null));
    }
  });

  test("BudgetBook charges a call to the window in which it was received", () => {
    const made = book(definition());
    const late = reserved(made, call(90n, {}, NOON));
    const next = NOON + DAY;
    reserved(made, call(100n, {}, next));
    expect(made.reserve(call(50n, {}, NOON + 1)).kind).toBe("refused");
    reserved(made, call(10n, {}, NOON + 1));
    made.settle(late, known(90n), next);
    expect(figures(made, "all", "", next)).toEqual([0n, 100n]);
    expect(figures(made, "all", "", NOON)).toEqual([90n, 10n]);
  });

  test("BudgetBook gives nothing back when the clock is set back", () => {
    const made = book(definition());
    reserved(made, call(100n, {}, NOON));
    expect(made.reserve(call(1n, {}, NOON - 40 * DAY)).kind).toBe("refused");
  });

  test("BudgetBook lets a rolling window refill as time goes on, never early", () => {
    const made = book(definition({ window: { kind: "rolling", lengthMs: durationMs(HOUR) } }));
    made.settle(reserved(made, call(100n)), known(100n), NOON);
    expect(made.reserve(call(1n, {}, NOON + HOUR)).kind).toBe("refused");
    expect(made.budget("all")?.find("", NOON)?.refillsAt(1n)).toBe(NOON + HOUR + 60_000);
    reserved(made, call(100n, {}, NOON + HOUR + 60_000));
  });

  test("BudgetBook begins a session anew once it has been idle for a day", () => {
    const made = book(definition({ window: { kind: "session" }, per: "session", cap: 10n }));
    const session = { session: "s1" };
    made.settle(reserved(made, call(10n, session)), known(10n), NOON);
    expect(made.reserve(call(1n, session, NOON + DAY)).kind).toBe("refused");
    reserved(made, call(1n, session, NOON + DAY + 1));
  });

  test("BudgetBook holds no more balances than it may, and makes room by forgetting idle ones", () => {
    const made = new BudgetBook({ balancesMax: 2, canonicalModel: (model) => model });
    made.define([definition({ per: "user" })]);
    made.settle(reserved(made, call(1n, { user: "a" })), { kind: "free" }, NOON);
    reserved(made, call(1n, { user: "b" }));
    reserved(made, call(1n, { user: "c" }));
    expect(made.reserve(call(1n, { user: "d" })).kind).toBe("no-room");
    expect(reserved(made, call(1n, { user: "c" })).holds).toHaveLength(1);
  });

  test("BudgetBook keeps balances over a change that counts alike, and no others", () => {
    const made = book(definition());
    reserved(made, call(60n));
    expect(made.define([definition({ cap: 50n, enforcement: "soft" })])).toEqual([]);
    expect(made.budget("all")?.find("", NOON)?.left(NOON)).toBe(-10n);
    expect(made.define([definition({ match: { user: ["dana"] } })])).toEqual(["all"]);
    expect(figures(made)).toEqual([0n, 0n]);
  });

  test("BudgetBook takes what is under way and what was settled into a new budget", () => {
    const made = book();
    const running = reserved(made, call(40n));
    const ended = reserved(made, call(40n));
    made.settle(ended, known(7n), NOON);
    expect(made.define([definition()])).toEqual(["all"]);
    made.adopt(running, ["all"], NOON);
    made.adopt(ended, ["all"], NOON);
    const subject = NOBODY;
    const budget = made.budget("all");
    if (budget === null) throw new Error("the budget was defined");
    const past = { subject, openedMs: NOON - HOUR, lastMs: NOON - HOUR, isOpen: false };
    made.load(budget, { ...past, amount: 11n }, NOON);
    made.load(budget, { ...past, amount: 99n, openedMs: NOON - DAY }, NOON);
    expect(figures(made)).toEqual([18n, 40n]);
    made.settle(running, known(2n), NOON);
    expect(figures(made)).toEqual([20n, 0n]);
  });

  test("spent and reserved never pass the cap, nothing stays reserved, nothing that fits is refused", () => {
    const users = fc.constantFrom("a", "b", "c", null);
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("call" as const),
        worst: fc.bigInt({ min: 1n, max: 60n }),
        user: users,
        team: fc.constantFrom("x", "y"),
      }),
      fc.record({ kind: fc.constant("end" as const), pick: fc.nat(), share: fc.nat({ max: 100 }) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.nat({ max: 20 * HOUR }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const definitions = [
          definition({ name: "all", cap: 200n }),
          definition({
            name: "user",
            per: "user",
            cap: 90n,
            window: { kind: "hour", timeZone: "Asia/Kolkata" },
          }),
          definition({
            name: "x",
            match: { team: ["x"] },
            cap: 80n,
            window: { kind: "rolling", lengthMs: durationMs(6 * HOUR) },
          }),
          definition({ name: "life", cap: 900n, window: { kind: "lifetime" } }),
        ];
        const made = book(...definitions);
        const open: { ticket: Ticket; worst: bigint }[] = [];
        let nowMs = NOON;
        const end = (pick: number, share: number): void => {
          const [taken] = open.splice(pick % open.length, 1);
          if (taken === undefined) return;
          const charge: Charge =
            share > 90
              ? { kind: "unknown" }
              : share < 5
                ? { kind: "free" }
                : known((taken.worst * BigInt(share)) / 100n);
          expect(made.settle(taken.ticket, charge, nowMs)).toEqual([]);
        };
        for (const act of steps) {
          if (act.kind === "wait") nowMs += act.ms;
          else if (act.kind === "end") end(act.pick, act.share);
          else {
            const asked = call(act.worst, { user: act.user, team: act.team }, nowMs);
            const lefts = made.quote(asked).map(({ left }) => left);
            const outcome = made.reserve(asked);
            expect(outcome.kind).toBe(
              lefts.every((left) => act.worst <= left) ? "reserved" : "refused",
            );
            if (outcome.kind === "reserved")
              open.push({ ticket: outcome.ticket, worst: act.worst });
          }
          for (const budget of made.budgets) {
            for (const balance of budget.balances.values()) {
              expect(balance.spent(nowMs) + balance.reserved <= budget.definition.cap).toBe(true);
            }
          }
        }
        while (open.length > 0) end(0, 50);
        for (const budget of made.budgets) {
          for (const balance of budget.balances.values()) expect(balance.reserved).toBe(0n);
        }
      }),
      { numRuns: 200 },
    );
  });
});
