/**
 * FOCUS 1.2 (FinOps Open Cost and Usage Specification): one row per bill line, by the names that the
 * specification gives. All 21 columns it calls mandatory are here, then those that say something for
 * tokens, then our own with `x_`. Estimates are no charges: they are rows of no FOCUS export.
 */
import { quoted } from "../database/index.ts";
import { timeText, usdText } from "./exchange-sql.ts";

const METERS: Readonly<Record<string, string>> = {
  input: "Input Tokens",
  cache_write_5m: "Cache Write Tokens (5 minutes)",
  cache_write_1h: "Cache Write Tokens (1 hour)",
  cache_read: "Cache Read Tokens",
  output: "Output Tokens",
  web_search: "Web Searches",
  code_execution: "Code Execution Hours",
  session_hour: "Session Hours",
};

const UNITS: Readonly<Record<string, string>> = {
  web_search: "Requests",
  code_execution: "Hours",
  session_hour: "Hours",
};

function chosen(names: Readonly<Record<string, string>>, otherwise: string): string {
  const cases = Object.entries(names).map(([item, name]) => `when '${item}' then '${name}'`);
  return `case line.item ${cases.join(" ")} else ${otherwise} end`;
}

/** Whole seconds, as the specification writes times; the end of a period is excluded. */
function secondText(column: string): string {
  return `concat(left(${timeText(column)}, 19), 'Z')`;
}

const MONTH = "date_trunc('month', make_timestamp_ms(opened_ms))";
const MONTH_FORMAT = "'%Y-%m-%dT%H:%M:%SZ'";
const METER = chosen(METERS, "line.item");
const UNIT = chosen(UNITS, "case line.kind when 'tokens' then 'Tokens' else 'Units' end");
const COST = usdText("line.amount");
const UNIT_PRICE = usdText("line.unit_amount");
/** Exclusive of any discount, as the specification says of list prices. */
const LIST_AMOUNT = "coalesce(list_price, line.unit_amount)";

const COLUMNS: Readonly<Record<string, string>> = {
  BilledCost: COST,
  BillingAccountId: `coalesce("key", 'unknown')`,
  BillingAccountName: "null::varchar",
  BillingCurrency: "'USD'",
  BillingPeriodEnd: `strftime(${MONTH} + interval 1 month, ${MONTH_FORMAT})`,
  BillingPeriodStart: `strftime(${MONTH}, ${MONTH_FORMAT})`,
  ChargeCategory: "'Usage'",
  ChargeClass: "null::varchar",
  ChargeDescription: `concat(${METER}, ' of ', line.model)`,
  ChargeFrequency: "'Usage-Based'",
  ChargePeriodEnd: secondText("greatest(coalesce(settled_ms, opened_ms), opened_ms) + 1000"),
  ChargePeriodStart: secondText("opened_ms"),
  ConsumedQuantity: "line.quantity",
  ConsumedUnit: UNIT,
  ContractedCost: COST,
  ContractedUnitPrice: UNIT_PRICE,
  EffectiveCost: COST,
  InvoiceIssuerName: "'Anthropic'",
  ListCost: usdText(`(line.quantity::hugeint * ${LIST_AMOUNT})`),
  ListUnitPrice: usdText(LIST_AMOUNT),
  PricingCategory: "'Standard'",
  PricingQuantity: "line.quantity",
  PricingUnit: UNIT,
  ProviderName: "'Anthropic'",
  PublisherName: "'Anthropic'",
  ServiceCategory: "'AI and Machine Learning'",
  ServiceName: "'Claude API'",
  ServiceSubcategory: "'Generative AI'",
  SkuId: "concat(line.model, '/', line.item)",
  SkuMeter: METER,
  SkuPriceId: "concat(line.model, '/', line.item, '/', coalesce(list_price, line.unit_amount))",
  SubAccountId: "team",
  SubAccountName: "team",
  Tags: "coalesce(tags, '{}')",
  x_ExchangeId: "exchange",
  x_CallId: "call",
  x_MessageId: "message_id",
  x_RequestId: "request_id",
  x_Outcome: "outcome",
  x_Model: "line.model",
  x_Endpoint: "endpoint",
  x_User: '"user"',
  x_UserType: "user_type",
  x_Session: '"session"',
  x_Client: "client",
};

const LIST_PRICES = `json_extract(detail, '$.settled.measured.listPrices')`;

/** `account` is the provider's number of the account, where somebody told it. */
export function focusSql(source: string, account: string | null): string {
  const told = account === null ? {} : { BillingAccountId: quoted(account) };
  const all = Object.entries({ ...COLUMNS, ...told });
  const columns = all.map(([name, sql]) => `${sql} as "${name}"`);
  return `select ${columns.join(",\n")}
from (select *, lines[position] as line, list_prices[position]::bigint as list_price
from (select *, unnest(generate_series(1, len(lines))) as position,
from_json(${LIST_PRICES}, '["VARCHAR"]') as list_prices from (${source})))
order by opened_ms, exchange, position`;
}
