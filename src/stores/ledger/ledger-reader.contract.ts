/**
 * What every engine of the ledger must answer, whatever it keeps its rows in. The bed is filled with
 * entries in order; the suite compares every answer with sums that it added up by itself.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatInstant, HOUR_MS, type Instant, instant, picoUsd } from "../../base/index.ts";
import type { StoredBlock } from "../../domain/prompt/index.ts";
import {
  type ArmRow,
  type ChargeRow,
  type ChargesQuestion,
  type Dimension,
  type LedgerEntry,
  type LedgerReader,
  type OpenedEntry,
  PLAIN_DIMENSIONS,
  type PromptedExchange,
  type SettledEntry,
  type SpendAnswer,
  type SpendTotals,
  type Window,
} from "../contracts/index.ts";
import { billedSums, expectedBilledSums } from "./billed-usage.contract.ts";
import {
  ExpectedLedger,
  SAMPLE_START_MS,
  sampleCorrection,
  sampleOpened,
  sampleSettled,
} from "./sample-entries.contract.ts";

export type ContractBed = {
  readonly reader: LedgerReader;
  readonly close: () => Promise<void>;
};
/** Makes a ledger that holds `entries`, written in this order. */
export type MakeBed = (entries: readonly LedgerEntry[]) => Promise<ContractBed>;

const EXCHANGES = 120;
const EVERYTHING = { since: null, until: null, where: [], top: null } as const;
const DIMENSIONS: readonly Dimension[] = [...PLAIN_DIMENSIONS, "tag:feature", 'tag:a/b~c."d'];

const IMPORTED = { imported: { source: "litellm", rank: "1" } } as const;

/** Opened, mostly settled, some later than others, some corrected once or twice. */
export function contractEntries(seed: number): readonly LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  const late: LedgerEntry[] = [];
  for (let index = 0; index < EXCHANGES; index += 1) {
    const opened = { ...sampleOpened(index, seed), ...(index % 11 === 5 ? IMPORTED : {}) };
    entries.push(opened);
    const settled = sampleSettled(opened, seed + index);
    if (index % 17 === 16) continue;
    (index % 5 === 4 ? late : entries).push(settled);
    if (index % 7 === 3) late.push(sampleCorrection(settled, seed + index));
    if (index % 14 === 3) late.push(sampleCorrection(settled, seed + index + 1));
  }
  return [...entries, ...late];
}

export function ledgerReaderContract(name: string, makeBed: MakeBed): void {
  describe(`LedgerReader over ${name}`, () => {
    const entries = contractEntries(7);
    const expected = new ExpectedLedger();
    for (const entry of entries) expected.add(entry);
    let bed: ContractBed;
    beforeAll(async () => {
      bed = await makeBed(entries);
    });
    afterAll(async () => bed.close());

    it("spend sums to what was written, exactly", async () => {
      const answer = await bed.reader.spend({ ...EVERYTHING, by: [] });
      expectSums(answer.total, expected, () => true);
      expect(answer.rows.map((row) => row.group)).toEqual([[]]);
    });

    it.each(DIMENSIONS)(
      "spend by %s gives each group its own and all groups the total",
      async (by) => {
        const answer = await bed.reader.spend({ ...EVERYTHING, by: [by] });
        for (const row of answer.rows) {
          const value = row.group[0] ?? null;
          expectSums(
            row.totals,
            expected,
            (opened, settled) => dimensionValue(by, opened, settled) === value,
          );
        }
        expectAddsUp(answer);
      },
    );

    it("spend by two dimensions adds up to the total", async () => {
      const pairs = DIMENSIONS.flatMap((left, index) =>
        [1, 5].map(
          (step) => [left, DIMENSIONS[(index + step) % DIMENSIONS.length] ?? left] as const,
        ),
      );
      for (const by of pairs) {
        const answer = await bed.reader.spend({ ...EVERYTHING, by });
        expectAddsUp(answer);
        expect(answer.total.exchanges).toBe(EXCHANGES);
      }
    });

    it.each(DIMENSIONS)(
      "spend where %s is a value, and where it is not, are the whole",
      async (dimension) => {
        const { rows, total } = await bed.reader.spend({ ...EVERYTHING, by: [dimension] });
        const value = rows[0]?.group[0] ?? null;
        const parts = await Promise.all(
          (["is", "is-not"] as const).map((comparison) => {
            const where = [{ dimension, comparison, value }];
            return bed.reader.spend({ ...EVERYTHING, by: [], where });
          }),
        );
        expect(parts[0]?.total).toEqual(rows[0]?.totals);
        expect(addTotals(parts.map((part) => part.total))).toEqual(total);
      },
    );

    it.each([0, 3_600_000])(
      "arms gives each arm what its prompts cost, the first %i ms of a block apart",
      async (earlyMs) => {
        const question = { since: null, until: null, blockMs: 7_200_000, earlyMs };
        const rows = await bed.reader.arms(question);
        const told = rows.map((row) => ({ ...row })).sort(byArm);
        expect(told).toEqual(expectedArms(expected, question).sort(byArm));
        expect(told.length).toBeGreaterThan(3);
      },
    );

    it.each([["user"], ["team", "model", "tags"], []] as const)(
      "charges sums what calls hold a budget to, the worst case where nobody told (%s %s %s)",
      async (...by) => {
        const question = { since: null, by, bucketMs: null, apartSince: null };
        const rows = await bed.reader.charges(question);
        const exact = (row: ChargeRow): string =>
          JSON.stringify({ ...row, subject: JSON.stringify(row.subject) }, textOfBigint);
        const found = rows.map(exact).toSorted();
        expect(found).toEqual(expectedCharges(expected, question).map(exact).toSorted());
        expect(rows.some(({ isOpen }) => isOpen)).toBe(true);
      },
    );

    it("charges cuts time at multiples of a length, and tells the newest exchanges one by one", async () => {
      const times = [...expected.opened.values()].map(({ at }) => at).toSorted((a, b) => a - b);
      const [since = instant(0), apartSince = instant(0)] = [times[10], times[40]];
      const all = { since, by: [], bucketMs: 900_000, apartSince } as const;
      const rows = await bed.reader.charges(all);
      const exact = ({ exchange, firstMs, usd }: ChargeRow): string =>
        `${exchange} ${firstMs} ${usd}`;
      expect(rows.map(exact).toSorted()).toEqual(
        expectedCharges(expected, all).map(exact).toSorted(),
      );
      expect(rows.some(({ exchange }) => exchange !== null)).toBe(true);
      expect(rows.some(({ exchange }) => exchange === null)).toBe(true);
    });

    it("spend takes a window by the opening, its beginning included and its end not", async () => {
      for (const [from, to] of windows(expected)) {
        for (const by of [["model"], ["user"], ["session"], ["tag:feature"]] as const) {
          const answer = await bed.reader.spend({ ...EVERYTHING, since: from, until: to, by });
          expectSums(answer.total, expected, ({ at }) => at >= from && at < to);
          expectAddsUp(answer);
        }
      }
    });

    it("spend with top gives the dearest and sums the others", async () => {
      const all = await bed.reader.spend({ ...EVERYTHING, by: ["user"] });
      const some = await bed.reader.spend({ ...EVERYTHING, by: ["user"], top: 2 });
      expect(some.rows).toEqual(all.rows.slice(0, 2));
      expect(some.others).toEqual(addTotals(all.rows.slice(2).map((row) => row.totals)));
      expect(some.total).toEqual(all.total);
      expect(all.others).toBeNull();
    });

    it("spend refuses a dimension that does not exist", async () => {
      const question = { ...EVERYTHING, by: ["model; drop table x" as Dimension] };
      await expect(bed.reader.spend(question)).rejects.toMatchObject({
        code: "LEDGER_QUESTION_INVALID",
      });
    });

    it("spend takes a value with quotes as a value", async () => {
      const where = [{ dimension: "team", comparison: "is", value: "' or true --" }] as const;
      const answer = await bed.reader.spend({ ...EVERYTHING, by: [], where });
      expect(answer.total.exchanges).toBe(0);
      expect(answer.total.measuredAmount).toBe(0n);
    });

    it.each([
      ["hour", ["endpoint"]],
      ["hour", []],
      ["day", ["user"]],
      ["hour", ["team", "model"]],
      ["day", ["tag:feature"]],
    ] as const)(
      "series by %s and %j sums what was written in each slot, and leaves no group out",
      async (slot, by) => {
        const slotMs = slot === "hour" ? HOUR_MS : 24 * HOUR_MS;
        const answer = await bed.reader.series({
          ...wholeSlots(slotMs),
          ...{ slot, by, where: [], groupsMax: 2 },
          measures: ["exchanges", "measured-amount", "unfinished-exchanges", "output-tokens"],
        });
        expect(answer.groups.length).toBe(by.length === 0 ? 1 : 2);
        const placeOf = (opened: OpenedEntry, settled: SettledEntry | null): number | null => {
          const group = by.map((name) => dimensionValue(name, opened, settled));
          const place = answer.groups.findIndex(
            (values) => JSON.stringify(values) === JSON.stringify(group),
          );
          return place === -1 ? null : place;
        };
        expect(answer.rows.map(({ group, slot: at, values }) => [group, at, ...values])).toEqual(
          expectedSlots(expected, slotMs, placeOf),
        );
      },
    );

    it("billedUsage sums every line of every bill, by day, model and item", async () => {
      const rows = await bed.reader.billedUsage({ since: null, until: null });
      expect(billedSums(rows)).toEqual(expectedBilledSums(expected));
    });

    it("series refuses what is no whole slot and what one answer cannot hold", async () => {
      const since = SAMPLE_START_MS - (SAMPLE_START_MS % HOUR_MS);
      const ask = (from: number, to: number, groupsMax = 1) =>
        bed.reader.series({
          ...{ by: [], where: [], measures: ["exchanges"], groupsMax, slot: "hour" },
          ...{ since: instant(from), until: instant(to) },
        });
      const refused = { code: "LEDGER_QUESTION_INVALID" };
      await expect(ask(since + 1, since + HOUR_MS)).rejects.toMatchObject(refused);
      await expect(ask(since, since)).rejects.toMatchObject(refused);
      await expect(ask(since, since + 9_000 * HOUR_MS, 100)).rejects.toMatchObject(refused);
    });

    it("exchange gives back what was written, with the newest correction", async () => {
      for (const [id, opened] of expected.opened) {
        const found = await bed.reader.exchange(id);
        expect(found?.opened).toEqual(opened);
        expect(found?.settled ?? null).toEqual(expected.newest.get(id) ?? null);
        expect(found?.corrections).toEqual(expected.corrections.get(id) ?? []);
      }
      expect(await bed.reader.exchange("ex_unknown")).toBeNull();
    });

    it("exchanges gives the newest first, each once, within the window", async () => {
      const all = await bed.reader.exchanges({ since: null, until: null, limit: 1000 });
      const ids = [...expected.opened.values()].sort((a, b) => b.at - a.at).map((o) => o.exchange);
      expect(all.map(({ opened }) => opened.exchange)).toEqual(ids);
      const until = all[10]?.opened.at ?? null;
      const some = await bed.reader.exchanges({ since: null, until, limit: 5 });
      expect(some.map(({ opened }) => opened.exchange)).toEqual(ids.slice(11, 16));
      expect(some).toEqual(all.slice(11, 16));
    });

    it("prompts gives every exchange with its whole prompt, oldest first, within the window", async () => {
      const all = [...expected.opened.values()].sort((a, b) => a.at - b.at);
      const cut = all[45]?.at ?? null;
      for (const [since, until] of [
        [null, null],
        [cut, null],
        [null, cut],
      ] as const) {
        const wanted = all.filter(
          ({ at }) => (since === null || at >= since) && (until === null || at < until),
        );
        const found: PromptedExchange[] = [];
        for await (const exchange of bed.reader.prompts({ since, until })) found.push(exchange);
        expect(found.map(({ opened }) => opened)).toEqual(wanted);
        for (const { opened, settled, path } of found) {
          expect(settled).toEqual(expected.newest.get(opened.exchange) ?? null);
          expect(path).toEqual(wholePrompt(opened, all));
        }
        expect(found.some(({ path }) => (path?.length ?? 0) > 5)).toBe(true);
      }
    });

    it("traffic gives every billed exchange once, oldest first, with all that prices it", async () => {
      const everything = { since: null, until: null };
      const rows = await trafficRows(bed.reader, everything);
      expect(rows).toEqual(expectedTraffic(expected, everything));
      expect(rows.length).toBeGreaterThan(20);
      const { billed, withoutBill } = await bed.reader.trafficCounts(everything);
      expect([billed, billed + withoutBill]).toEqual([rows.length, EXCHANGES]);
      for (const [from, to] of windows(expected)) {
        const window = { since: from, until: to };
        expect(await trafficRows(bed.reader, window)).toEqual(expectedTraffic(expected, window));
      }
    });

    it("span is the time of the first and the last exchange", async () => {
      const times = [...expected.opened.values()].map(({ at }) => at);
      expect(await bed.reader.span()).toEqual({
        first: Math.min(...times),
        last: Math.max(...times),
      });
    });

    it("verify finds nothing wrong", async () => {
      const answer = await bed.reader.verify();
      expect(answer.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(answer).toMatchObject({ sound: true, exchanges: EXCHANGES });
    });
  });
}

/** A prompt put together by hand; `null` when an exchange that it builds on has none. */
function wholePrompt(
  opened: OpenedEntry,
  all: readonly OpenedEntry[],
): readonly StoredBlock[] | null {
  const { prompt } = opened;
  if (prompt === null || prompt.parent === null) return prompt?.blocks ?? null;
  const parent = all.find((other) => other.prompt?.node === prompt.parent);
  const above = parent === undefined ? null : wholePrompt(parent, all);
  return above === null ? null : [...above, ...prompt.blocks];
}

/** Windows on, beside and across hours and days, and one that begins at an exchange. */
function windows(expected: ExpectedLedger): readonly (readonly [Instant, Instant])[] {
  const some = [...expected.opened.values()][40]?.at ?? 0;
  const at = (offsetMs: number): Instant => instant(SAMPLE_START_MS + offsetMs);
  const hour = SAMPLE_START_MS - (SAMPLE_START_MS % HOUR_MS);
  return [
    [instant(hour), instant(hour + 3 * HOUR_MS)],
    [at(60_000), at(5 * HOUR_MS)],
    [at(60_000), at(20 * 60_000)],
    [instant(some), at(1000 * HOUR_MS)],
    [instant(hour), instant(some)],
  ];
}

function expectSums(
  totals: SpendTotals,
  expected: ExpectedLedger,
  keep: (opened: OpenedEntry, settled: SettledEntry | null) => boolean,
): void {
  const { exchanges, measuredAmount, estimatedAmount, showbackAmount, inputTokens } = totals;
  expect({
    exchanges,
    measured: measuredAmount,
    estimated: estimatedAmount,
    showback: showbackAmount,
    inputTokens,
  }).toEqual(expected.sums(keep));
}

function byArm(left: ArmRow, right: ArmRow): number {
  const key = ({ arm, marked, early }: ArmRow): string => `${arm} ${marked} ${early}`;
  return key(left) < key(right) ? -1 : 1;
}

/** The rows, added up without the engine. */
const textOfBigint = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

function expectedCharges(expected: ExpectedLedger, question: ChargesQuestion): ChargeRow[] {
  const rows = new Map<string, ChargeRow>();
  for (const [id, opened] of expected.opened) {
    const settled = expected.newest.get(id) ?? null;
    if (question.since !== null && opened.at < question.since) continue;
    const final = settled?.measured?.final === true ? settled.measured : null;
    if (final === null && settled?.unbilledReason?.startsWith("not-billed") === true) continue;
    const { attributes, worstCase, modelAsked } = opened;
    const all = { ...attributes, model: modelAsked };
    const none = { key: null, user: null, userType: null, team: null, endpoint: null };
    const subject: ChargeRow["subject"] = { ...none, session: null, model: null, tags: {} };
    const told = Object.fromEntries(question.by.map((name) => [name, all[name]]));
    const isApart = question.apartSince !== null && opened.at >= question.apartSince;
    const exchange = isApart ? id : null;
    const isOpen = settled === null;
    const sorted = Object.entries(opened.attributes.tags).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const tags = question.by.includes("tags") ? Object.fromEntries(sorted) : {};
    const bucket = Math.floor(opened.at / (question.bucketMs ?? Number.MAX_SAFE_INTEGER));
    const key = JSON.stringify([told, tags, bucket, exchange, isOpen]);
    const row = rows.get(key);
    const lines = final?.lines ?? [];
    const measuredTokens = lines.reduce(
      (sum, line) => sum + (line.kind === "tokens" ? BigInt(line.tokens) : 0n),
      0n,
    );
    const worstTokens =
      worstCase.outputTokens === null
        ? null
        : BigInt(worstCase.inputTokens) + BigInt(worstCase.outputTokens);
    const usd = final?.total ?? worstCase.amount;
    const tokens = final === null ? worstTokens : measuredTokens;
    rows.set(key, {
      exchange,
      firstMs: instant(Math.min(row?.firstMs ?? opened.at, opened.at)),
      lastMs: instant(Math.max(row?.lastMs ?? opened.at, opened.at)),
      isOpen,
      subject: { ...subject, ...told, tags },
      calls: (row?.calls ?? 0n) + 1n,
      usd: picoUsd((row?.usd ?? 0n) + (usd ?? 0n)),
      tokens: (row?.tokens ?? 0n) + (tokens ?? 0n),
      callsWithoutUsd: (row?.callsWithoutUsd ?? 0n) + (usd === null ? 1n : 0n),
      callsWithoutTokens: (row?.callsWithoutTokens ?? 0n) + (tokens === null ? 1n : 0n),
    });
  }
  return [...rows.values()];
}

function expectedArms(
  expected: ExpectedLedger,
  { blockMs, earlyMs }: { readonly blockMs: number; readonly earlyMs: number },
): ArmRow[] {
  const rows = new Map<string, ArmRow>();
  for (const [id, opened] of expected.opened) {
    const measured = expected.newest.get(id)?.measured ?? null;
    if (measured?.final !== true || opened.arm === null) continue;
    const early = opened.at % blockMs < earlyMs;
    const prompt = measured.lines.filter(
      (line) => line.kind === "tokens" && line.item !== "output",
    );
    const fresh = prompt.find(({ item }) => item === "input");
    if (fresh?.kind !== "tokens") throw new Error("a sample without an input line");
    const tokens = prompt.reduce(
      (sum, line) => sum + (line.kind === "tokens" ? line.tokens : 0),
      0,
    );
    const marked =
      (opened.prompt?.markers.length ?? 0) > 0 || (opened.prompt?.automaticMarker ?? null) !== null;
    const isOwn = opened.decisions[0]?.endsWith(" keep-alive") === true;
    const volume = BigInt(tokens) * fresh.price;
    const key = `${opened.arm} ${marked} ${early}`;
    const row = rows.get(key);
    const amount = prompt.reduce((sum, line) => sum + line.amount, 0n);
    rows.set(key, {
      arm: opened.arm,
      marked,
      early,
      exchanges: (row?.exchanges ?? 0) + 1,
      promptAmount: picoUsd((row?.promptAmount ?? 0n) + amount),
      uncachedAmount: picoUsd((row?.uncachedAmount ?? 0n) + (isOwn ? 0n : volume)),
    });
  }
  return [...rows.values()];
}

function expectAddsUp(answer: SpendAnswer): void {
  expect(addTotals(answer.rows.map((row) => row.totals))).toEqual(answer.total);
  const { inputAmount, cacheWriteAmount, cacheReadAmount, outputAmount, feeAmount } = answer.total;
  const classes = inputAmount + cacheWriteAmount + cacheReadAmount + outputAmount + feeAmount;
  expect(classes).toBe(answer.total.measuredAmount);
}

function addTotals(all: readonly SpendTotals[]): Record<string, number | bigint> {
  const sum: Record<string, number | bigint> = {};
  for (const totals of all) {
    for (const [name, value] of Object.entries(totals)) {
      const before = sum[name];
      sum[name] =
        typeof value === "bigint" && typeof before === "bigint"
          ? before + value
          : before === undefined
            ? value
            : Number(before) + Number(value);
    }
  }
  return sum;
}

function wholeSlots(slotMs: number): { readonly since: Instant; readonly until: Instant } {
  const since = SAMPLE_START_MS - (SAMPLE_START_MS % slotMs);
  return { since: instant(since), until: instant(since + 20 * 24 * HOUR_MS) };
}

/** Group, slot and the four sums, in the order of the answer: groups by place, the others last. */
function expectedSlots(
  expected: ExpectedLedger,
  slotMs: number,
  placeOf: (opened: OpenedEntry, settled: SettledEntry | null) => number | null,
): (number | bigint | null)[][] {
  const rows = new Map<string, { place: number | null; slot: number; sums: bigint[] }>();
  for (const [id, opened] of expected.opened) {
    const settled = expected.newest.get(id) ?? null;
    const [place, slot] = [placeOf(opened, settled), Math.floor(opened.at / slotMs)];
    const row = rows.get(`${place} ${slot}`) ?? { place, slot, sums: [0n, 0n, 0n, 0n] };
    const isFinished = settled === null || settled.outcome === "completed";
    const own = [
      1n,
      BigInt(settled?.measured?.total ?? 0n),
      isFinished ? 0n : 1n,
      BigInt(settled?.measured?.usage.outputTokens ?? 0),
    ];
    rows.set(`${place} ${slot}`, {
      ...row,
      sums: row.sums.map((sum, at) => sum + (own[at] ?? 0n)),
    });
  }
  const order = (place: number | null): number => place ?? Number.POSITIVE_INFINITY;
  return [...rows.values()]
    .sort((a, b) => (a.place === b.place ? a.slot - b.slot : order(a.place) - order(b.place)))
    .map(({ place, slot, sums }) => [place, slot, ...sums]);
}

/** The value of a dimension, said again without the engine. */
function dimensionValue(
  by: Dimension,
  opened: OpenedEntry,
  settled: SettledEntry | null,
): string | null {
  const { attributes } = opened;
  const time = formatInstant(opened.at);
  const values: Readonly<Record<string, string | null>> = {
    model: settled?.modelServed ?? opened.modelAsked,
    endpoint: attributes.endpoint,
    user: attributes.user,
    "user-type": attributes.userType,
    team: attributes.team,
    key: attributes.key,
    session: attributes.session,
    client: attributes.client,
    outcome: settled?.outcome ?? "open",
    hour: `${time.slice(0, 13)}:00Z`,
    "hour-of-day": time.slice(11, 13),
    day: time.slice(0, 10),
    source: opened.imported?.source ?? "gateway",
  };
  if (by.startsWith("tag:")) return attributes.tags[by.slice(4)] ?? null;
  return values[by] ?? null;
}

type TrafficTold = readonly [at: number, amount: bigint, tokens: readonly number[], facts: unknown];

async function trafficRows(reader: LedgerReader, window: Window): Promise<readonly TrafficTold[]> {
  const rows: TrafficTold[] = [];
  for await (const batch of reader.traffic(window)) {
    for (let row = 0; row < batch.rows; row += 1) {
      rows.push([
        batch.openedMs[row] ?? 0,
        batch.amount[row] ?? 0n,
        [
          batch.inputTokens[row] ?? 0,
          batch.cacheWrite5mTokens[row] ?? 0,
          batch.cacheWrite1hTokens[row] ?? 0,
          batch.cacheReadTokens[row] ?? 0,
          batch.outputTokens[row] ?? 0,
          batch.webSearches[row] ?? 0,
        ],
        batch.profiles[batch.profile[row] ?? -1],
      ]);
    }
  }
  return rows.every((row, at) => row[0] >= (rows[at - 1]?.[0] ?? 0)) ? rows.toSorted(byTold) : [];
}

function byTold(left: TrafficTold, right: TrafficTold): number {
  return left[0] - right[0] || Number(left[1] - right[1]);
}

function expectedTraffic(expected: ExpectedLedger, window: Window): readonly TrafficTold[] {
  const rows: TrafficTold[] = [];
  for (const [id, opened] of expected.opened) {
    const settled = expected.newest.get(id) ?? null;
    const measured = settled?.measured ?? null;
    const { at, attributes, settings, modelAsked } = opened;
    const isIn = at >= (window.since ?? at) && at < (window.until ?? at + 1);
    if (measured === null || !measured.final || !isIn) continue;
    const { usage, total } = measured;
    const { endpoint, key, team, userType, tags } = attributes;
    const lineTokens = (item: string): number =>
      measured.lines.reduce(
        (sum, line) => sum + (line.kind === "tokens" && line.item === item ? line.tokens : 0),
        0,
      );
    const tokens = ["input", "cache_write_5m", "cache_write_1h", "cache_read", "output"];
    rows.push([
      at,
      total,
      [...tokens.map(lineTokens), usage.webSearchRequests],
      {
        endpoint,
        modelAsked,
        modelServed: settled?.modelServed ?? null,
        key,
        team,
        userType,
        tags,
        serviceTier: usage.serviceTier,
        speed: usage.speed,
        inferenceGeo: usage.inferenceGeo,
        effort: settings.effort,
        composite: usage.iterations !== null || settled?.stopReason === "refusal",
      },
    ]);
  }
  return rows.toSorted(byTold);
}
