import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BudgetWindow, calendarWindow } from "./index.ts";

type Calendar = Extract<BudgetWindow, { timeZone: string }>;
const HOUR = 3_600_000;

function span(kind: Calendar["kind"], timeZone: string, at: string) {
  const { fromMs, untilMs } = calendarWindow({ kind, timeZone }, Date.parse(at));
  return [
    new Date(fromMs).toISOString(),
    new Date(untilMs).toISOString(),
    (untilMs - fromMs) / HOUR,
  ];
}

describe("calendarWindow", () => {
  test("calendarWindow follows the wall clock of its zone", () => {
    expect(span("day", "Europe/Berlin", "2026-11-25T22:59:59.999Z")).toEqual([
      "2026-11-24T23:00:00.000Z",
      "2026-11-25T23:00:00.000Z",
      24,
    ]);
    expect(span("month", "America/New_York", "2026-11-01T03:59:00Z").slice(0, 2)).toEqual([
      "2026-10-01T04:00:00.000Z",
      "2026-11-01T04:00:00.000Z",
    ]);
    expect(span("week", "UTC", "2026-11-29T23:59:00Z").slice(0, 2)).toEqual([
      "2026-11-23T00:00:00.000Z",
      "2026-11-30T00:00:00.000Z",
    ]);
    expect(span("hour", "Asia/Kolkata", "2026-11-25T12:10:00Z")).toEqual([
      "2026-11-25T11:30:00.000Z",
      "2026-11-25T12:30:00.000Z",
      1,
    ]);
  });

  test("calendarWindow has days of 23 and 25 hours where clocks change", () => {
    expect(span("day", "Europe/Berlin", "2026-03-29T12:00:00Z")[2]).toBe(23);
    expect(span("day", "Europe/Berlin", "2026-10-25T12:00:00Z")[2]).toBe(25);
  });

  test("calendarWindow begins a day whose midnight is skipped when the clock skips it", () => {
    // Cairo goes from 23:59:59 to 01:00:00 on the last Friday of April.
    expect(span("day", "Africa/Cairo", "2026-04-24T10:00:00Z")).toEqual([
      "2026-04-23T22:00:00.000Z",
      "2026-04-24T21:00:00.000Z",
      23,
    ]);
  });

  test("calendarWindow lets a day end once, where midnight comes twice", () => {
    // Havana's clocks go back from 01:00 to 00:00 on the first Sunday of November.
    expect(span("day", "America/Havana", "2026-11-01T04:30:00Z")[1]).toBe(
      "2026-11-01T05:00:00.000Z",
    );
    expect(span("day", "America/Havana", "2026-11-01T05:00:00Z")[0]).toBe(
      "2026-11-01T05:00:00.000Z",
    );
  });

  test("calendarWindow leaves no gap and no overlap, in any zone and at any time", () => {
    const zones = fc.constantFrom(
      ...["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"],
      ...[
        "Africa/Cairo",
        "America/Havana",
        "Pacific/Apia",
        "Africa/Casablanca",
        "America/Sao_Paulo",
      ],
    );
    const kinds = fc.constantFrom<Calendar["kind"]>("hour", "day", "week", "month");
    const times = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2035, 0, 1) });
    const near = fc.integer({ min: -3 * HOUR, max: 3 * HOUR });
    fc.assert(
      fc.property(
        kinds,
        zones,
        times,
        near,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (kind, timeZone, at, shift, share) => {
          const window = { kind, timeZone };
          // Half of the times stand close to a change of the clocks, where mistakes are.
          const changes = [
            Date.UTC(2011, 11, 30, 10),
            Date.UTC(2026, 9, 25, 1),
            Date.UTC(2026, 3, 23, 22),
            Date.UTC(2026, 10, 1, 5),
            Date.UTC(2026, 3, 4, 15),
            Date.UTC(2018, 10, 4, 3),
          ];
          const close = (changes[at % changes.length] ?? 0) + shift;
          const atMs = share < 0.5 ? close : at;
          const found = calendarWindow(window, atMs);
          expect(found.fromMs).toBeLessThanOrEqual(atMs);
          expect(found.untilMs).toBeGreaterThan(atMs);
          const inside = Math.floor(found.fromMs + (found.untilMs - 1 - found.fromMs) * share);
          expect(calendarWindow(window, inside)).toEqual(found);
          expect(calendarWindow(window, found.fromMs)).toEqual(found);
          expect(calendarWindow(window, found.untilMs - 1)).toEqual(found);
          expect(calendarWindow(window, found.untilMs).fromMs).toBe(found.untilMs);
        },
      ),
      { numRuns: 400 },
    );
  });
});
