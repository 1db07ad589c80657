import { describe, expect, it } from "vitest";
import { instant, parseInstant } from "../../base/index.ts";
import { createProgress } from "./progress.ts";

const MIDNIGHT = parseInstant("2026-11-18") ?? instant(0);
const counts = { answered: 1, left: 0, failed: 0, retried: 0 };

/** A day of 48 steps, half an hour apart. */
function writtenBy(isTerminal: boolean): string {
  let text = "";
  const progress = createProgress({
    writeError: (more) => {
      text += more;
    },
    error: { isTerminal, columns: null, colours: false },
  });
  for (let step = 0; step < 48; step += 1) {
    progress.step(instant(MIDNIGHT + step * 1_800_000), counts);
  }
  progress.done();
  return text;
}

describe("createProgress", () => {
  it("createProgress rewrites one line on a terminal and leaves none behind", () => {
    const text = writtenBy(true);
    expect(text).not.toContain("\n");
    expect(text.endsWith("\r\u001b[2K")).toBe(true);
    expect(text.split("\r").length).toBeGreaterThan(8);
  });

  it("createProgress writes a few whole lines elsewhere", () => {
    const lines = writtenBy(false).split("\n").slice(0, -1);
    expect(lines.map((line) => line.trim().slice(0, 5))).toEqual([
      "00:00",
      "06:00",
      "12:00",
      "18:00",
    ]);
  });
});
