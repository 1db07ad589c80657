/** Reads the day's bill back from the ledger, by the operation that `purser report` runs. */
import { setTimeout as wait } from "node:timers/promises";
import { type JsonObject, type PicoUsd, parseUsd, picoUsd } from "../../base/index.ts";
import { checkInput, type OperationContext, spendReport } from "../../operations/index.ts";
import type { DayBill, Slice } from "./bill-page/index.ts";

type Report = Awaited<ReturnType<typeof spendReport.run>>;
type Totals = Report["total"];

const USERS_SHOWN = 8;
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));

/** What the ledger knows of a day, and its exact total over the calls that completed. */
export type DayReading = { readonly bill: DayBill; readonly completed: Slice };

export async function readDayBill(context: OperationContext, date: string): Promise<DayReading> {
  const report = (input: JsonObject): Promise<Report> =>
    spendReport.run(checkInput(spendReport, input), context);
  const byEndpoint = await report({ by: ["endpoint"] });
  const byModel = await report({ by: ["model"] });
  const byUser = await report({ by: ["user"], top: USERS_SHOWN });
  const byHour = await report({ by: ["hour-of-day"] });
  const byCallType = await report({ by: ["endpoint", "model"] });
  const byOutcome = slicesOf(await report({ by: ["outcome"] }));
  const { total } = byEndpoint;
  const bill: DayBill = {
    date,
    exchanges: total.exchanges,
    measured: parseUsd(total.measured_usd),
    estimated: parseUsd(total.estimated_usd),
    items: itemsOf(total),
    byEndpoint: slicesOf(byEndpoint),
    byModel: slicesOf(byModel),
    byUser: [...slicesOf(byUser), ...othersOf(byUser)],
    byHour: hoursOf(slicesOf(byHour)),
    byCallType: slicesOf(byCallType),
    byOutcome,
  };
  const completed = byOutcome.find((slice) => slice.name === "completed");
  return { bill, completed: completed ?? slice("completed", 0, picoUsd(0n)) };
}

function slicesOf(report: Report): readonly Slice[] {
  return report.rows.map((row) => {
    const names = report.by.map((dimension) => row.group[dimension] ?? "(none)");
    return slice(names.join(", "), row.exchanges, parseUsd(row.measured_usd));
  });
}

function othersOf(report: Report): readonly Slice[] {
  if (report.others === null) return [];
  const { exchanges, measured_usd } = report.others;
  return [slice("all others", exchanges, parseUsd(measured_usd))];
}

/** Every hour has its row, also one without a call. */
function hoursOf(slices: readonly Slice[]): readonly Slice[] {
  return HOURS.map(
    (hour) =>
      slices.find(({ name }) => name.padStart(2, "0") === hour) ?? slice(hour, 0, picoUsd(0n)),
  );
}

function itemsOf(total: Totals): readonly Slice[] {
  const writes = total.cache_write_5m_tokens + total.cache_write_1h_tokens;
  const fees = slice("fees", 0, parseUsd(total.fee_usd));
  return [
    slice("input", total.input_tokens, parseUsd(total.input_usd)),
    slice("cache writes", writes, parseUsd(total.cache_write_usd)),
    slice("cache reads", total.cache_read_tokens, parseUsd(total.cache_read_usd)),
    slice("output", total.output_tokens, parseUsd(total.output_usd)),
    ...(fees.amount === 0n ? [] : [fees]),
  ];
}

function slice(name: string, count: number, amount: PicoUsd): Slice {
  return { name, count, amount };
}

const SETTLED_CHECKS_MAX = 100;
const SETTLED_CHECK_EVERY_MS = 50;

/** A caller that leaves does not wait for its settlement; the bill does. */
export async function untilSettled(context: OperationContext): Promise<void> {
  for (let checks = 0; checks < SETTLED_CHECKS_MAX; checks += 1) {
    const report = await spendReport.run(checkInput(spendReport, {}), context);
    if (report.total.open_exchanges === 0) return;
    await wait(SETTLED_CHECK_EVERY_MS);
  }
}
