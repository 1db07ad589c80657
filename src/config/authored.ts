/**
 * The configuration as people write it in `purser.yaml`: every key optional, values with units. The
 * loaded form, with defaults applied, is in `loaded.ts`. Keys that are not named here are refused.
 */
import { z } from "zod";
import { budgetSettings, budgetsSection } from "./budget-policies.ts";
import { limitSettings } from "./limit-policies.ts";
import { day, duration, httpUrl, percent, price, proxyUrl, size } from "./values.ts";

const port = () => z.int().min(0).max(65_535);
const name = () => z.string().min(1).max(128);
const host = () => z.string().min(1).max(253);
const filePath = () => z.string().min(1).max(4_096);

/** How many entries each list may hold. */
const MODELS_MAX = 200;
const PRICES_MAX = 50;
const DISCOUNTS_MAX = 200;
const SHOWBACK_MAX = 2_000;
const POLICIES_MAX = 200;
const ALERT_TARGETS_MAX = 20;
const MATCH_VALUES_MAX = 1_000;

const upstream = z.strictObject({
  url: httpUrl().optional().describe("Where calls are forwarded to."),
  proxy: proxyUrl()
    .optional()
    .describe("HTTP proxy on the way to the upstream; may hold a password."),
  keyFile: filePath()
    .optional()
    .describe("File whose first line is the provider's key, used for calls with a virtual key."),
  connectTimeout: duration({ from: "100ms", to: "5m" })
    .optional()
    .describe("How long a connection to the upstream may take."),
  firstByteTimeout: duration({ from: "1s", to: "1h" })
    .optional()
    .describe("How long the upstream may take to begin its answer."),
  idleTimeout: duration({ from: "1s", to: "1h" })
    .optional()
    .describe("How long an answer may pause between two pieces."),
});

const gateway = z.strictObject({
  host: host().optional().describe("Address that the gateway listens on."),
  port: port().optional().describe("Port of the gateway; 0 picks a free one."),
  passThrough: z
    .enum(["allow", "refuse"])
    .optional()
    .describe("Whether a client may bring the provider's key itself, instead of a virtual one."),
  bodyMax: size({ from: "1KiB", to: "256MiB" })
    .optional()
    .describe("Largest request body that is accepted."),
  headersMax: size({ from: "4KiB", to: "256KiB" })
    .optional()
    .describe("Largest total of request header bytes that is accepted."),
  callsMax: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("How many calls may be in flight at once."),
  requestTimeout: duration({ from: "1s", to: "1h" })
    .optional()
    .describe("How long a client may take to send its request."),
  shutdownTimeout: duration({ from: "0s", to: "1h" })
    .optional()
    .describe("How long a stop waits for calls in flight."),
  connectionsMax: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("How many client connections may be open at once."),
  onClientGone: z
    .enum(["cancel", "drain"])
    .optional()
    .describe(
      "When a client leaves: cancel the upstream call, or read its answer to the end to measure it.",
    ),
  billedAfterCut: z
    .enum(["generated-so-far", "whole-answer"])
    .optional()
    .describe("What is assumed to be billed for an answer that was cut short; an estimate."),
});

const control = z.strictObject({
  host: host().optional().describe("Address that the control plane listens on."),
  port: port().optional().describe("Port of the control plane; 0 picks a free one."),
  allowRemote: z
    .boolean()
    .optional()
    .describe("Must be true before the control plane may listen beyond this machine."),
  allowedHosts: z
    .array(host())
    .max(100)
    .optional()
    .describe("Host names, besides this machine's own, under which the control plane answers."),
  tokenFile: filePath()
    .optional()
    .describe("File whose first line is the token; without it a new token is made at each start."),
});

const data = z.strictObject({
  directory: filePath().optional().describe("Where the ledger is kept."),
});

const ledger = z.strictObject({
  onFailure: z
    .enum(["refuse", "pass-unmetered"])
    .optional()
    .describe("When the ledger cannot write: refuse new calls, or let them pass unmetered."),
  compactEvery: duration({ from: "1s", to: "1d" })
    .optional()
    .describe("How often sealed journal files are turned into Parquet."),
});

const batch = z.strictObject({
  gatherFor: duration({ from: "1s", to: "1h" })
    .optional()
    .describe("How long the first call of a batch waits for others."),
  pollEvery: duration({ from: "1s", to: "1h" })
    .optional()
    .describe("How often the provider is asked how batches stand."),
  realTimeBefore: duration({ from: "1s", to: "12h" })
    .optional()
    .describe(
      "A deferred call is made in real time when it has no answer so long before its deadline.",
    ),
  shortestDeadline: duration({ from: "0s", to: "24h" })
    .optional()
    .describe("A call whose deadline is nearer than this is made at once."),
  searchFor: duration({ from: "1s", to: "1h" })
    .optional()
    .describe(
      "How long a batch whose creation got no answer is looked for before its calls go out again.",
    ),
  callsMax: z
    .int()
    .min(1)
    .max(5_000_000)
    .optional()
    .describe("How many deferred calls may wait at once."),
  streamed: z
    .enum(["buffer", "serve", "refuse"])
    .optional()
    .describe(
      "A call with a deadline that asks for a stream: buffer it, serve it now, or refuse it.",
    ),
});

const rates = {
  input: price().describe("Dollars per million tokens of fresh input."),
  output: price().describe("Dollars per million tokens of output."),
  cacheWrite5m: price().optional().describe("Writing to the cache for five minutes."),
  cacheWrite1h: price().optional().describe("Writing to the cache for one hour."),
  cacheRead: price().optional().describe("Reading from the cache."),
};

const datedPrice = z.strictObject({
  from: day().optional().describe("First day of this price; without it, always."),
  ...rates,
  steps: z
    .array(
      z.strictObject({
        promptTokensOver: z.int().min(1).describe("Prompts longer than this pay these rates."),
        ...rates,
      }),
    )
    .max(10)
    .optional()
    .describe("Rates by length of the prompt, on every token of the call."),
  fast: z.strictObject(rates).optional().describe("Rates under speed fast."),
  batch: z.boolean().optional().describe("Whether batches are sold at half price; true if unsaid."),
  inferenceGeoUs: z
    .boolean()
    .optional()
    .describe("Whether US inference is sold, at 1.1 times; false if unsaid."),
});

const tokens = () => z.int().min(1).max(100_000_000);

const model = z.strictObject({
  id: name().describe("The id of the model, as requests and responses name it."),
  aliases: z.array(name()).max(50).optional().describe("Other ids of the same model."),
  displayName: name().optional().describe("What reports call it."),
  contextTokensMax: tokens().optional().describe("Size of its context window."),
  outputTokensMax: tokens().optional().describe("The most it can generate in one answer."),
  minimumCacheableTokens: tokens().optional().describe("Shortest prefix that its cache keeps."),
  tokenizer: z.enum(["claude-2", "claude-3", "claude-4.7"]).optional().describe("Its tokenizer."),
  prices: z
    .array(datedPrice)
    .min(1)
    .max(PRICES_MAX)
    .optional()
    .describe("Its prices, oldest first; they replace all that the catalogue knows of it."),
});

const discount = z.strictObject({
  models: z
    .array(name())
    .min(1)
    .max(MODELS_MAX)
    .optional()
    .describe("Ids of the models it is for; without it, all."),
  percentOff: percent({ from: 0, to: 100 }).describe("What is taken off every token rate."),
  from: day().optional().describe("First day of the discount."),
  until: day().optional().describe("First day on which it no longer holds."),
});

const showback = z.strictObject({
  team: name().optional().describe("The team it holds for."),
  user: name().optional().describe("The customer it holds for, as x-purser-user names it."),
  userType: name().optional().describe("The kind of user it holds for."),
  margin: percent({ from: -100, to: 10_000 })
    .optional()
    .describe("What is put on top of the cost."),
  prices: z
    .array(z.strictObject({ model: name(), ...rates }))
    .min(1)
    .max(MODELS_MAX)
    .optional()
    .describe("Own prices by model, in place of the cost; what they leave out is shown at cost."),
});

const names = (says: string) =>
  z.array(name()).min(1).max(MATCH_VALUES_MAX).optional().describe(says);

const match = z.strictObject({
  endpoints: names("Values of x-purser-endpoint."),
  models: names("Model ids, as the caller writes them."),
  keys: names("Fingerprints of API keys, as reports show them."),
  teams: names("Values of x-purser-team."),
  users: names("Users, as reports show them."),
  sessions: names("Sessions, as reports show them."),
  userTypes: names("Values of x-purser-user-type."),
  tags: z
    .record(name(), name())
    .optional()
    .describe("Tags that a call must have, with their values."),
});

const modelPrices = z.strictObject({ model: name().describe("Its id."), ...rates });

/** What the levers need to know. `check.ts` says which lever needs which. */
const policySettings = z.strictObject({
  ownMarkers: z
    .enum(["respect", "improve"])
    .optional()
    .describe(
      "A request with markers of its own: left alone, or given better ones; respect if unsaid.",
    ),
  stampedeHoldMax: duration({ from: "0s", to: "30s" })
    .optional()
    .describe("How long a call may wait for another that writes the same prefix; 2s if unsaid."),
  keepAlive: z
    .boolean()
    .optional()
    .describe(
      "Calls of Purser's own that keep a prefix alive, for calls with a virtual key; false if unsaid.",
    ),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional()
    .describe("Another seed is another choice of what is held out; 1 if unsaid."),
  ...budgetSettings,
  rule: z
    .enum(["purser", "as-sent", "none", "5m", "1h", "automatic"])
    .optional()
    .describe("How cache marks, in a what-if; purser if unsaid, and nothing else in the gateway."),
  model: name().optional().describe("Where route sends calls."),
  outputChange: percent({ from: -99, to: 900 })
    .optional()
    .describe(
      "By how much the new model's answers are longer, as an eval measured it; 0% if unsaid.",
    ),
  outputChangeLow: percent({ from: -99, to: 900 })
    .optional()
    .describe("The lower end of that measurement."),
  outputChangeHigh: percent({ from: -99, to: 900 }).optional().describe("Its upper end."),
  ...limitSettings,
  effort: z
    .enum(["low", "medium", "high", "xhigh", "max"])
    .optional()
    .describe("The effort that effort sets."),
  tools: z
    .array(name())
    .min(1)
    .max(MATCH_VALUES_MAX)
    .optional()
    .describe("What trim-tools drops: the beginnings of tools' fingerprints, or all."),
  turns: z.int().min(0).max(10_000).optional().describe("Past turns that trim-history keeps."),
  deadline: duration({ from: "1m", to: "24h" })
    .optional()
    .describe("How long the answers of calls that defer puts into batches can wait."),
  delivery: z
    .enum(["hold", "poll"])
    .optional()
    .describe("How a deferred call gets its answer, unless it says: hold if unsaid."),
  cacheHits: percent({ from: 0, to: 100 })
    .optional()
    .describe(
      "Share of cache reads that is still read after defer; 64% if unsaid, 30% to 98% its range.",
    ),
  prices: z
    .array(modelPrices)
    .min(1)
    .max(MODELS_MAX)
    .optional()
    .describe("The list of prices: dollars per million tokens, for the models it names."),
  factor: z.number().min(0).max(1e6).optional().describe("By what volume is multiplied."),
});

/** Every lever; those that the gateway has are in `check.ts`. */
export const LEVERS = [
  "cache",
  "route",
  "cap",
  "effort",
  "defer",
  "trim-tools",
  "trim-history",
  "prices",
  "volume",
  "budget",
  "limit",
] as const;

/** Shape only: which levers this version has is decided in `check.ts`. */
const policy = z.strictObject({
  name: name().describe("What reports call it."),
  match: match.optional().describe("Which calls it is about; every part must fit. All, if unsaid."),
  lever: z
    .enum(LEVERS)
    .describe(
      "What it does. The gateway carries out cache, budget, limit and defer; `purser whatif` reckons with all but budget and limit.",
    ),
  mode: z
    .enum(["observe", "advise", "apply"])
    .optional()
    .describe("Decide nothing, only write down what would be done, or do it; observe if unsaid."),
  holdOut: percent({ from: 0, to: 50 })
    .optional()
    .describe("Share of traffic left untouched, to measure the saving against; 5% if unsaid."),
  settings: policySettings.optional().describe("What the lever needs to know."),
});

const variableName = () => z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);

const alertTarget = z.strictObject({
  name: name().describe("What lists and logs call it."),
  url: z.string().min(1).max(2_048).optional().describe("Where it goes: https."),
  urlVariable: variableName()
    .optional()
    .describe("The variable that holds the URL, where that is itself a secret, as Slack's are."),
  secretVariable: variableName().optional().describe("The variable that holds what signs."),
  secretFile: filePath().optional().describe("A file that holds it instead."),
  format: z
    .enum(["purser", "slack"])
    .optional()
    .describe("Purser's own form, or a text as Slack takes it; purser if unsaid."),
  kinds: z
    .array(
      z.enum([
        "budget-threshold",
        "anomaly",
        "forecast-exceeds",
        "unknown-model",
        "reconcile-drift",
        "ledger-trouble",
      ]),
    )
    .min(1)
    .optional()
    .describe("Kinds of alerts that go there; all if unsaid."),
  allowPrivate: z
    .boolean()
    .optional()
    .describe("Whether it may be in a private network or on this machine; false if unsaid."),
});

const alertsSection = z.strictObject({
  cooldown: duration({ from: "1m", to: "30d" })
    .optional()
    .describe("How long the same trouble is not told again."),
  watchEvery: duration({ from: "5m", to: "1d" })
    .optional()
    .describe("How often anomalies, forecasts and budgets are looked at."),
  targets: z.array(alertTarget).max(ALERT_TARGETS_MAX).optional().describe("Webhooks."),
});

export const authoredConfigSchema = z.strictObject({
  upstream: upstream.optional().describe("The Claude API that calls are forwarded to."),
  gateway: gateway.optional().describe("The data plane: what clients talk to."),
  control: control.optional().describe("The control plane: reports, metrics, health."),
  data: data.optional().describe("Where Purser keeps what it remembers."),
  ledger: ledger.optional().describe("The record of every call."),
  budgets: budgetsSection.optional().describe("What holds for all budgets."),
  batch: batch.optional().describe("Calls that can wait, at half price."),
  alerts: alertsSection.optional().describe("Who is told when something is wrong."),
  models: z
    .array(model)
    .max(MODELS_MAX)
    .optional()
    .describe("Models that the catalogue lacks, or whose prices differ."),
  discounts: z
    .array(discount)
    .max(DISCOUNTS_MAX)
    .optional()
    .describe("Negotiated discounts on token rates."),
  showback: z
    .array(showback)
    .max(SHOWBACK_MAX)
    .optional()
    .describe(
      "What teams and customers are shown, kept apart from the cost; the first match holds.",
    ),
  policies: z
    .array(policy)
    .max(POLICIES_MAX)
    .optional()
    .describe("What Purser may do to traffic, in order; the first that fits a call decides."),
});

/** As written, before units are read. */
export type AuthoredConfig = z.input<typeof authoredConfigSchema>;
/** As written, with units read; still without defaults. */
export type CheckedConfig = z.output<typeof authoredConfigSchema>;
