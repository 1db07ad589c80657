import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExchangeId, seededRandom } from "../../../base/index.ts";
import { IMPORT_SOURCES, type ImportedExchange } from "../../contracts/index.ts";
import { openLedgerImporter } from "../importing/index.ts";
import { FIXED_CLOCK, type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { sampleCharge, sampleOpened, sampleSettled } from "../sample-entries.contract.ts";

const RUNS = 3;
const CALLS = 8;

/** One record of one of a few calls, as some source has it. */
const record = fc.record({
  call: fc.integer({ min: 0, max: CALLS - 1 }),
  source: fc.constantFrom(...IMPORT_SOURCES),
  /** Which of several versions of it. */
  version: fc.integer({ min: 0, max: 2 }),
  names: fc.constantFrom("message", "request", "both"),
});
type Sample = typeof record extends fc.Arbitrary<infer Value> ? Value : never;

const step = fc.oneof(
  fc.record({ kind: fc.constant("import" as const), records: fc.array(record, { maxLength: 8 }) }),
  /** Handed over and never committed: as good as never begun. */
  fc.record({ kind: fc.constant("broken" as const), records: fc.array(record, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("carry" as const), call: fc.integer({ min: 0, max: CALLS - 1 }) }),
  fc.record({ kind: fc.constant("compact" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function exchangeOf({ call, source, version, names }: Sample): ImportedExchange {
  const hasMessage = names !== "request";
  const id = `im_${hasMessage ? "m" : "r"}${call}` as ExchangeId;
  const seed = 1 + call * 100 + version * 10 + IMPORT_SOURCES.indexOf(source);
  const rank = `${9 - IMPORT_SOURCES.indexOf(source)}|${version}|${hasMessage ? "m" : "r"}`;
  const opened = { ...sampleOpened(call, 7), exchange: id, prompt: null, arm: null };
  const settled = { ...sampleSettled(opened, 1), measured: sampleCharge(seededRandom(seed), true) };
  return {
    opened: { ...opened, imported: { source, rank } },
    settled: {
      ...settled,
      estimated: null,
      unbilledReason: null,
      outcome: "completed",
      messageId: hasMessage ? `msg_${call}` : null,
      requestId: names === "message" ? null : `req_${call}`,
    },
  };
}

function rankOf(sample: Sample): string {
  return exchangeOf(sample).opened.imported?.rank ?? "";
}

async function importAll(bed: LedgerBed, records: readonly Sample[], commit = true): Promise<void> {
  const importer = await openLedgerImporter({
    directory: bed.path,
    clock: FIXED_CLOCK,
    fillRandom: () => undefined,
  });
  for (const one of records) await importer.add(exchangeOf(one));
  if (commit) await importer.commit();
  await importer.close();
}

async function carry(bed: LedgerBed, call: number): Promise<void> {
  const opened = { ...sampleOpened(1_000 + call, 9), exchange: `ex_c${call}` as ExchangeId };
  const measured = sampleCharge(seededRandom(5_000 + call), true);
  const settled = { ...sampleSettled(opened, 1), outcome: "completed", measured } as const;
  await bed.write([
    opened,
    {
      ...settled,
      estimated: null,
      unbilledReason: null,
      messageId: `msg_${call}`,
      requestId: `req_${call}`,
    },
  ]);
}

/** What must stand at the end, from the records alone, in whatever order they came. */
function expectedTotals(steps: readonly Step[]): Map<string, bigint> {
  const carried = new Set(steps.flatMap((one) => (one.kind === "carry" ? [one.call] : [])));
  const records = steps.flatMap((one) => (one.kind === "import" ? one.records : []));
  const totals = new Map<string, bigint>();
  const add = (source: string, amount: bigint): void => {
    totals.set(source, (totals.get(source) ?? 0n) + amount);
  };
  for (const call of carried) add("gateway", sampleCharge(seededRandom(5_000 + call), true).total);
  for (let call = 0; call < CALLS; call += 1) {
    if (carried.has(call)) continue;
    const own = records.filter((one) => one.call === call);
    const named = own.filter(({ names }) => names !== "request");
    const asked = own.filter(({ names }) => names === "request");
    const isKnown = named.some(({ names }) => names === "both");
    for (const some of [named, isKnown ? [] : asked]) {
      const best = some.toSorted((left, right) => (rankOf(left) < rankOf(right) ? -1 : 1)).at(-1);
      if (best === undefined) continue;
      add(best.source, exchangeOf(best).settled.measured?.total ?? 0n);
    }
  }
  return totals;
}

describe("openLedgerImporter", () => {
  it("counts every call once, in any order of imports, gateway first, however often", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 7 }), async (given) => {
        const bed = await makeLedgerBed();
        const seen = new Set<number>();
        const steps = given.filter((one) => one.kind !== "carry" || !hasSeen(seen, one.call));
        for (const one of steps) await take(bed, one);
        // What the gateway settles after an import is seen by the next one.
        await importAll(bed, []);
        await importAll(bed, records(steps));
        const reader = await bed.reader();
        const question = { since: null, until: null, where: [], top: null };
        const manifestBefore = await reader.spend({ ...question, by: ["source"] });
        await importAll(bed, records(steps));
        const answer = await reader.spend({ ...question, by: ["source"] });
        expect(answer).toEqual(manifestBefore);
        const sums = answer.rows.map(
          ({ group, totals }) => [String(group[0]), totals.measuredAmount] as const,
        );
        expect(new Map(sums.sort())).toEqual(new Map([...expectedTotals(steps)].sort()));
        const verified = await reader.verify();
        expect(verified.findings.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(verified.exchanges).toBe(answer.total.exchanges);
        await reader.close();
        await bed.close();
      }),
      { numRuns: RUNS },
    );
  }, 240_000);
});

function hasSeen(seen: Set<number>, call: number): boolean {
  if (seen.has(call)) return true;
  seen.add(call);
  return false;
}

function records(steps: readonly Step[]): readonly Sample[] {
  return steps.flatMap((one) => (one.kind === "import" ? one.records : []));
}

async function take(bed: LedgerBed, one: Step): Promise<void> {
  switch (one.kind) {
    case "import":
      return importAll(bed, one.records);
    case "broken":
      return importAll(bed, one.records, false);
    case "carry":
      return carry(bed, one.call);
    case "compact":
      await bed.maintenance.compact({ seal: true });
      return;
    default:
      return one satisfies never;
  }
}
