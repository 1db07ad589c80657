/** `purser anomalies` over a real ledger, with an incident of one endpoint and one user who stands out. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, seededRandom } from "../../../src/base/index.ts";
import { anomalies } from "../../../src/operations/index.ts";
import { type LedgerCall, type LedgerOfHours, makeLedgerOfHours } from "./ledger-of-hours.ts";

const BEGIN_MS = Date.UTC(2026, 9, 12);
const INCIDENT_MS = Date.UTC(2026, 10, 9, 14);
const NOW_MS = Date.UTC(2026, 10, 10, 6, 20);

function calls(): readonly LedgerCall[] {
  const random = seededRandom(3);
  const made: LedgerCall[] = [];
  for (let at = BEGIN_MS; at < NOW_MS; at += HOUR_MS) {
    const isIncident = at >= INCIDENT_MS && at < INCIDENT_MS + 8 * HOUR_MS;
    const chat = 0.9 + 0.2 * random.next();
    const agent = (0.9 + 0.2 * random.next()) * (isIncident ? 5 : 1);
    const user = `user-${(at / HOUR_MS) % 12}`;
    made.push({ at: at + 60_000, endpoint: "chat", user, usd: chat });
    made.push({ at: at + 90_000, endpoint: "agent", user: isIncident ? "eve" : user, usd: agent });
  }
  return made;
}

let ledger: LedgerOfHours;
beforeAll(async () => {
  ledger = await makeLedgerOfHours(calls());
}, 60_000);
afterAll(() => ledger.remove());

const ask = (input: Record<string, unknown>, now = NOW_MS) => ledger.ask(anomalies, input, now);

describe("purser anomalies", () => {
  test("anomalies tells of an incident, where it is and what explains it of the whole", async () => {
    const { anomalies: found } = await ask({ by: ["endpoint"] });
    const spend = found.filter(({ metric }) => metric === "spend");
    expect(spend.map(({ group }) => group?.value ?? "all").sort()).toEqual(["agent", "all"]);
    for (const one of spend) {
      expect(Date.parse(one.seen_at)).toBeGreaterThan(INCIDENT_MS);
      expect(Date.parse(one.seen_at)).toBeLessThanOrEqual(INCIDENT_MS + 6 * HOUR_MS);
      expect(one.factor).toBeGreaterThan(one.factor_bound * 0.9);
    }
    const whole = spend.find(({ group }) => group === null);
    expect(whole?.explained_by).toMatchObject({ dimension: "endpoint", value: "agent" });
    expect(whole?.explained_by?.share).toBeGreaterThan(0.9);
  });

  test("anomalies tells of the user who stands far above all others on the last whole day", async () => {
    const { outliers } = await ask({});
    expect(outliers.map(({ user, day }) => [user, day])).toEqual([["eve", "2026-11-09"]]);
  });

  test("anomalies says the same of an incident an hour after it was seen as days later", async () => {
    const keys = async (now: number) =>
      (await ask({ by: ["endpoint"] }, now)).anomalies.map(({ key }) => key).sort();
    const first = await keys(INCIDENT_MS + 6 * HOUR_MS);
    expect(first.length).toBeGreaterThan(0);
    expect(await keys(NOW_MS)).toEqual(first);
  });

  test("anomalies is silent where nothing happened, and leaves out what was seen before", async () => {
    const before = await ask({}, INCIDENT_MS - HOUR_MS);
    expect([before.anomalies, before.outliers]).toEqual([[], []]);
    expect((await ask({ since: "1h" })).anomalies).toEqual([]);
    expect(
      (await ask({ least: "500" }, NOW_MS - DAY_MS / 2)).anomalies.filter(
        ({ metric }) => metric === "spend",
      ),
    ).toEqual([]);
  });

  test.each([
    [{ by: ["user"] }, "OPERATION_DIMENSION_UNKNOWN"],
    [{ by: ["endpiont"] }, "OPERATION_DIMENSION_UNKNOWN"],
    [{ since: "soon" }, "OPERATION_TIME_INVALID"],
    [{ least: "much" }, "VALUE_NOT_DECIMAL_USD"],
  ])("anomalies refuses %j with %s", async (input, code) => {
    await expect(ask(input)).rejects.toMatchObject({ code });
  });
});
