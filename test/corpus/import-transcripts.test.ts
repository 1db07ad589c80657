import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  billsByHand,
  importTranscripts,
  linesByHand,
  type Measured,
  PAGE,
  pageOf,
  SESSIONS,
} from "./imported-transcripts.ts";

const MISSING = existsSync(SESSIONS) ? "" : " (skipped: the transcripts are not beside this clone)";

describe.skipIf(MISSING !== "")(`importCalls on public transcripts${MISSING}`, () => {
  let measured: Measured;
  beforeAll(async () => {
    measured = await importTranscripts();
  });

  it("importCalls takes every line for a call, for none, or refuses it with a reason", () => {
    const { tally } = measured;
    const noCalls = [...tally.noCalls.values()].reduce((sum, count) => sum + count, 0);
    expect(tally.records + noCalls + tally.problemCount).toBe(linesByHand().length);
    expect(tally.problems.every(({ line, what }) => line > 0 && what !== "")).toBe(true);
  });

  it("importCalls counts each message once, at the bill that a second reckoning comes to", () => {
    const byHand = billsByHand();
    const ours = [...measured.calls.values()].map(
      ({ settled }) => [settled.messageId, settled.measured?.total ?? null] as const,
    );
    expect(ours).toHaveLength(byHand.size);
    for (const [id, total] of ours) {
      const hand = byHand.get(id ?? "") ?? null;
      expect([id, total]).toEqual([id, hand === null ? null : BigInt(hand)]);
    }
  });

  it("importCalls comes to what docs/reference/imported-transcripts.md says", () => {
    expect(readFileSync(PAGE, "utf8")).toBe(pageOf(measured));
  });
});
