/** Every turn of the recorded transcripts that shows cache use, held against the prediction. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { judgeTurns, readTurns, TURN_CLASSES } from "../../bench/cache/transcript-findings.ts";
import { RECORDED_DATA } from "./usage-recordings.ts";

const SESSIONS = resolve(RECORDED_DATA, "sessions");

describe.skipIf(!existsSync(SESSIONS))(
  "the prediction on recorded transcripts (needs the recordings)",
  () => {
    test("the prediction reproduces every turn, but the first ones on a cache that was warm", () => {
      const turns = readTurns(SESSIONS);
      const counts = Object.fromEntries(TURN_CLASSES.map((name) => [name, 0]));
      for (const { turn } of judgeTurns(turns)) counts[turn] = (counts[turn] ?? 0) + 1;
      expect(counts).toEqual({ read: 271, expired: 3, cold: 6, warm: 7, differs: 0 });
    });

    test("the prediction is not right whatever was read: one token more or less, and the turn differs", () => {
      const turns = readTurns(SESSIONS).map((turn, index) =>
        index % 10 === 5 && turn.before !== null ? { ...turn, read: turn.read + 1 } : turn,
      );
      const wrong = judgeTurns(turns).filter(({ turn }) => turn === "differs");
      expect(wrong.length).toBeGreaterThan(20);
    });
  },
);
