/** The demo's bill for a program: amounts as exact decimal texts. */
import { formatUsd, type JsonObject } from "../../base/index.ts";
import type { DayBill, Slice } from "./bill-page/index.ts";

export function dayAsJson(bill: DayBill): JsonObject {
  return {
    date: bill.date,
    exchanges: bill.exchanges,
    measured_usd: formatUsd(bill.measured),
    estimated_usd: formatUsd(bill.estimated),
    by_item: bill.items.map(sliceAsJson),
    by_endpoint: bill.byEndpoint.map(sliceAsJson),
    by_model: bill.byModel.map(sliceAsJson),
    by_user: bill.byUser.map(sliceAsJson),
    by_hour: bill.byHour.map(sliceAsJson),
    by_call_type: bill.byCallType.map(sliceAsJson),
    by_outcome: bill.byOutcome.map(sliceAsJson),
  };
}

function sliceAsJson({ name, count, amount }: Slice): JsonObject {
  return { name, count, measured_usd: formatUsd(amount) };
}
