import { describe, expect, it } from "vitest";
import { ERROR_CATALOGUE, formatInstant, instant } from "../base/index.ts";
import { readMoment } from "./moment.ts";

const NOW = instant(Date.parse("2026-11-22T10:30:00Z"));
const read = (text: string): string => formatInstant(readMoment(text, NOW, "since"));

describe("readMoment", () => {
  it.each([
    ["2026-11-01", "2026-11-01T00:00:00.000Z"],
    ["2026-11-01T02:00:00+02:00", "2026-11-01T00:00:00.000Z"],
    ["90m", "2026-11-22T09:00:00.000Z"],
    ["24h", "2026-11-21T10:30:00.000Z"],
    ["7d", "2026-11-15T10:30:00.000Z"],
    ["2w", "2026-11-08T10:30:00.000Z"],
    ["now", "2026-11-22T10:30:00.000Z"],
    ["today", "2026-11-22T00:00:00.000Z"],
    ["yesterday", "2026-11-21T00:00:00.000Z"],
  ])("readMoment reads %s, and its mend names the way to write it", (text, expected) => {
    expect(read(text)).toBe(expected);
    const unit = /^\d+[mhdw]$/.test(text) ? text.slice(-1) : text.replace(/^2026.*/, "2026-11-22");
    expect(ERROR_CATALOGUE.OPERATION_TIME_INVALID.mend).toContain(unit);
  });

  it.each(["", "7", "d", "2026-02-30", "2026-11-01T02:00:00", "-7d", "soon", "7d "])(
    "readMoment refuses %j",
    (text) => {
      expect(() => read(text)).toThrow("OPERATION_TIME_INVALID");
    },
  );
});
