/** Every recorded request, planned: the edits hold, say what the plan says, and never cost more. */
import { describe, expect, test } from "vitest";
import { instant } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { cachePlan, type OperationContext } from "../../src/operations/index.ts";
import { readMessagesRequest } from "../../src/wire/messages/index.ts";
import { applyEdits } from "../simulation/cache-plan/apply-edits.ts";
import { NO_RECORDINGS, type Row, readRows } from "./usage-recordings.ts";

const AT = instant(Date.UTC(2026, 10, 22));
const catalogue = compileCatalogue();
const context = {
  clock: { now: () => AT, monotonicMs: () => 0 },
  catalogue: () => catalogue,
} as unknown as OperationContext;

/** Bodies that are no Messages request at all, in all recordings. */
const UNREADABLE_MAX = 5;

function bodies(): readonly string[] {
  const rows: readonly Row[] = NO_RECORDINGS === null ? readRows() : [];
  return rows.flatMap(({ url, request_body }) =>
    /\/v1\/messages$/.test(url ?? "") && request_body !== null ? [request_body] : [],
  );
}

describe.skipIf(NO_RECORDINGS !== null)(
  `purser cache plan of recorded requests${NO_RECORDINGS === null ? "" : ` (${NO_RECORDINGS})`}`,
  () => {
    test("purser cache plan gives edits that come to its markers, and a saving that is none at worst", async () => {
      let unreadable = 0;
      let planned = 0;
      for (const request of bodies()) {
        const asked = { request, model: "claude-opus-5", callsPerMonth: 50_000, explain: false };
        const plan = await cachePlan.run(asked, context).catch((error: { code?: string }) => {
          expect(error.code).toBe("CACHE_REQUEST_UNREADABLE");
          return null;
        });
        if (plan === null) {
          unreadable += 1;
          continue;
        }
        planned += 1;
        const edited = applyEdits(JSON.parse(request) as object, plan.edits);
        const reading = readMessagesRequest({ ...edited, model: "claude-opus-5" });
        if (reading.kind !== "request") throw new Error(`not a request any more: ${request}`);
        const markers = reading.blocks().flatMap(({ cacheLifetime }) => cacheLifetime ?? []);
        expect(markers).toEqual(plan.breakpoints.map(({ lifetime }) => lifetime));
        expect(reading.automaticMarker).toBeNull();
        expect(plan.saving.usd).not.toMatch(/^-/);
        expect(plan.diff === "").toBe(plan.edits.length === 0);
      }
      expect(planned).toBeGreaterThan(1_000);
      expect(unreadable).toBeLessThanOrEqual(UNREADABLE_MAX);
    });
  },
);
