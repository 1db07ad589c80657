/** Claims about ways to pay less: caching, batches, triage, and all of them together. */
import {
  type Answers,
  cost,
  day,
  dollars,
  driver,
  estimate,
  grouped,
  HAIKU,
  percent,
  type Row,
  SONNET,
  tokens,
  total,
} from "./row.ts";
import { TODAY } from "./run-command.ts";

const NOW = ["--at", TODAY];

const BREAK_EVEN: Row = {
  claim: "A cache write costs 1.25 and a hit 0.10 of fresh input, and it pays after 1.39 hits.",
  verdict: "wrong",
  runs: {
    fresh: cost("tokens-million-in.json", SONNET),
    write5m: cost("tokens-million-written-5m.json", SONNET),
    write1h: cost("tokens-million-written-1h.json", SONNET),
    read: cost("tokens-million-read.json", SONNET),
    freshNow: cost("tokens-million-in.json", "claude-opus-5-5", NOW),
    writeNow: cost("tokens-million-written-5m.json", "claude-opus-5-5", NOW),
    readNow: cost("tokens-million-read.json", "claude-opus-5-5", NOW),
    readFable: cost("tokens-million-read.json", "claude-fable-5-2", NOW),
    freshFable: cost("tokens-million-in.json", "claude-fable-5-2", NOW),
  },
  figures: (answers) => {
    const ratio = (run: string, fresh = "fresh") => total(answers, run) / total(answers, fresh);
    const hits = (write: string, read: string, fresh = "fresh") =>
      ((ratio(write, fresh) - 1) / (1 - ratio(read, fresh))).toFixed(2);
    return [
      ["a write for five minutes", ratio("write5m").toFixed(2)],
      ["a read", ratio("read").toFixed(2)],
      ["hits until a write for five minutes has paid", hits("write5m", "read")],
      ["a write for an hour", ratio("write1h").toFixed(2)],
      ["hits until it has paid", hits("write1h", "read")],
      ["a read on Claude Opus 5.5", ratio("readNow", "freshNow").toFixed(3)],
      ["hits until it has paid there", hits("writeNow", "readNow", "freshNow")],
      ["a read on Claude Fable 5.2", ratio("readFable", "freshFable").toFixed(3)],
    ];
  },
  says: "The prices are right and the conclusion is not: the first request would have been paid anyway, so only the premium of 0.25 is to be earned back, at 0.90 a hit. The second request already wins; with an hour the third. Newer models read for less still: compute, never assume.",
};

const CONTRACT: Row = {
  claim:
    "Ten questions about a contract of 25,000 tokens send 250,000; caching saves about 90% of the document's part.",
  verdict: "wrong",
  runs: {
    plain: estimate("contract.yaml", SONNET),
    cached: estimate("contract-cached.yaml", SONNET),
    plainMany: estimate("contract-many.yaml", SONNET),
    cachedMany: estimate("contract-cached-many.yaml", SONNET),
  },
  figures: (answers) => {
    const saved = (cached: string, plain: string) =>
      percent(1 - driver(answers, cached, "documents") / driver(answers, plain, "documents"));
    const contracts = driver(answers, "plain", "documents") / 10;
    return [
      ["tokens of the document in ten calls", grouped(documentTokens(answers, "plain"))],
      ["paid for, in documents", (driver(answers, "cached", "documents") / contracts).toFixed(2)],
      ["saved of the document's part, ten questions", saved("cached", "plain")],
      ["saved with two hundred questions", saved("cachedMany", "plainMany")],
    ];
  },
  says: "One write and nine reads are 1.25 + 0.9 documents. 90% is the limit that many questions come near to.",
};

/** From its cost a month, at three dollars a million. */
function documentTokens(answers: Answers, run: string): number {
  return Math.round((((driver(answers, run, "documents") * 12) / 365) * 1e6) / 3);
}

const MINIMUM: Row = {
  claim: "The shortest prefix that is cached is 1,024 tokens, on Haiku 2,048.",
  verdict: "right then",
  runs: {
    sonnetBelow: estimate("prompt-of-1023.yaml", SONNET),
    sonnet: estimate("prompt-of-1024.yaml", SONNET),
    haikuBelow: estimate("prompt-of-2047.yaml", HAIKU),
    haiku: estimate("prompt-of-2048.yaml", HAIKU),
    newBelow: estimate("prompt-of-511.yaml", "claude-haiku-5-5", NOW),
    new: estimate("prompt-of-512.yaml", "claude-haiku-5-5", NOW),
    oldBelow: estimate("prompt-of-4095.yaml", "claude-haiku-4-5-20251001", NOW),
    old: estimate("prompt-of-4096.yaml", "claude-haiku-4-5-20251001", NOW),
  },
  figures: (answers) => [
    ["Claude 3.5 Sonnet, 1,023 and 1,024 tokens", cached(answers, "sonnetBelow", "sonnet")],
    ["Claude 3 Haiku, 2,047 and 2,048", cached(answers, "haikuBelow", "haiku")],
    ["Claude Haiku 5.5 today, 511 and 512", cached(answers, "newBelow", "new")],
    ["Claude Haiku 4.5 today, 4,095 and 4,096", cached(answers, "oldBelow", "old")],
  ],
  says: "Today it is 512 to 4,096, by model and not by tier.",
};

function cached(answers: Answers, ...runs: readonly string[]): string {
  const read = (run: string) => (tokens(answers, run).cache_read ?? 0) > 0;
  return runs.map((run) => (read(run) ? "cached" : "not cached")).join(", ");
}

const LIFETIME: Row = {
  claim: "An entry lives for five minutes, and each use renews it.",
  verdict: "right",
  runs: {
    four: estimate("every-four-minutes.yaml", SONNET),
    six: estimate("every-six-minutes.yaml", SONNET),
    hour: estimate("every-six-minutes-1h.yaml", SONNET),
  },
  figures: (answers) => [
    [
      "a call every four minutes: tokens read a day",
      grouped(tokens(answers, "four").cache_read ?? 0),
    ],
    ["tokens written", grouped(tokens(answers, "four").cache_write ?? 0)],
    ["a call every six minutes: tokens read", grouped(tokens(answers, "six").cache_read ?? 0)],
    ["tokens written", grouped(tokens(answers, "six").cache_write ?? 0)],
    [
      "every six minutes, for an hour: tokens read",
      grouped(tokens(answers, "hour").cache_read ?? 0),
    ],
  ],
  says: "Counted from the start of the request. A lifetime of an hour exists as well.",
};

const SCOPE: Row = {
  claim: "A cache belongs to one API key.",
  verdict: "right then",
  runs: { any: estimate("every-four-minutes.yaml", SONNET) },
  figures: (answers) => [
    [
      "what the estimate assumes",
      ((answers.any?.assumed ?? []) as readonly string[]).find((text) =>
        text.includes("workspace"),
      ) ?? "",
    ],
  ],
  says: "Today to the workspace; on Bedrock and Google Cloud to the organisation. Two keys of one workspace share.",
};

const BATCHES: Row = {
  claim: "A batch holds up to 10,000 requests, at half price.",
  verdict: "right then",
  runs: {
    batch: estimate("batch.yaml", "claude-sonnet-5-5", NOW),
    realTime: estimate("real-time.yaml", "claude-sonnet-5-5", NOW),
  },
  figures: (answers) => [
    ["100,000 requests in real time", dollars(day(answers, "realTime"))],
    ["in one batch", dollars(day(answers, "batch"))],
  ],
  says: "That was the limit at launch. Today it is 100,000 requests or 256 MB; the half price is as it was, cache reads and writes included.",
};

const TRIAGE: Row = {
  claim: "Triage by a small model saves 60 to 80%.",
  verdict: "depends",
  runs: {
    none: estimate("triage-none.yaml", null),
    ten: estimate("triage-10.yaml", null),
    twenty: estimate("triage-20.yaml", null),
    half: estimate("triage-50.yaml", null),
  },
  figures: (answers) => {
    const saved = (run: string) => percent(1 - day(answers, run) / day(answers, "none"));
    return [
      ["all on Claude 3.5 Sonnet, a thousand requests", dollars(day(answers, "none"))],
      ["10% sent on", saved("ten")],
      ["20% sent on", saved("twenty")],
      ["50% sent on", saved("half")],
    ];
  },
  says: "On the share that is sent on, and on what the triage call itself costs. Here it is 1,000 tokens in and 10 out.",
};

const FULL_STACK: Row = {
  claim: "What costs $1,000 on Opus in real time can cost less than $3: 99.7% saved.",
  verdict: "depends",
  runs: {
    full: estimate("full-price.yaml", null),
    small: estimate("small-model.yaml", null),
    batch: estimate("small-model-batch.yaml", null),
    stack: estimate("full-stack.yaml", null),
    usual: estimate("full-stack-usual-hits.yaml", null),
    output: estimate("full-stack-more-output.yaml", null),
  },
  figures: (answers) => [
    ["Claude 3 Opus, real time, a day", dollars(day(answers, "full"), 3)],
    [
      "of it, input that could be read",
      percent(driver(answers, "full", "system") / month(answers, "full")),
    ],
    ["Claude 3 Haiku", dollars(day(answers, "small"), 3)],
    ["and in batches", dollars(day(answers, "batch"), 3)],
    ["and every prefix read from the cache", dollars(day(answers, "stack"), 3)],
    ["saved", percent(1 - day(answers, "stack") / day(answers, "full"), 2)],
    ["with 64% of the reads, as is usual in batches", dollars(day(answers, "usual"), 3)],
    ["saved", percent(1 - day(answers, "usual") / day(answers, "full"), 2)],
    ["with 1,200 tokens of output and every read", dollars(day(answers, "output"), 3)],
    ["least share of input read at 0.10", percent(shareNeeded(0.1))],
    ["at Claude 3 Haiku's rounded 0.12", percent(shareNeeded(0.12))],
  ],
  says: "A smaller model leaves $16.67 of the thousand and a batch $8.33. Less than $3 needs more than seven tenths of that to be input that is read from the cache, and found there every time.",
};

/** Of the $8.33 that model and batch leave: `8.33 (1 - share (1 - ratio)) < 3`. */
function shareNeeded(ratio: number): number {
  return (1 - 3 / (1_000 / 120)) / (1 - ratio);
}

function month(answers: Answers, run: string): number {
  return Number((answers[run]?.month as { readonly usd: string } | undefined)?.usd);
}

export const ROWS_OF_SAVINGS: readonly Row[] = [
  CONTRACT,
  BREAK_EVEN,
  LIFETIME,
  MINIMUM,
  SCOPE,
  BATCHES,
  TRIAGE,
  FULL_STACK,
];
