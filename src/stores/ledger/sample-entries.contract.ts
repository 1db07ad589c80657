/** Random but repeatable ledgers for the contract suite and the tests, with their sums added up apart. */
import {
  type CallId,
  type ExchangeId,
  estimatedTokenCount,
  instant,
  type PicoUsd,
  picoUsd,
  type Random,
  randomChoice,
  randomInteger,
  seededRandom,
  tokenCount,
} from "../../base/index.ts";
import type { BillLine, Usage } from "../../domain/billing/index.ts";
import type { PromptPath, StoredBlock } from "../../domain/prompt/index.ts";
import type {
  CorrectedEntry,
  LedgerEntry,
  MeasuredCharge,
  OpenedEntry,
  SettledEntry,
} from "../contracts/index.ts";

/** A Thursday, an hour and some before midnight, so that samples straddle hours and days. */
export const SAMPLE_START_MS = Date.UTC(2026, 9, 15, 22, 40);
const SPACING_MS = 7 * 60_000;

const PRICES = {
  input: 3_000_000n,
  cache_write_5m: 3_750_000n,
  cache_write_1h: 6_000_000n,
  cache_read: 300_000n,
  output: 15_000_000n,
} as const;

const MODELS = ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5"] as const;

function orNull<T>(random: Random, value: T): T | null {
  return random.next() < 0.25 ? null : value;
}

export function sampleOpened(index: number, seed: number): OpenedEntry {
  const random = seededRandom(seed * 1_000_003 + index);
  const number = String(index).padStart(8, "0");
  return {
    kind: "opened",
    exchange: `ex_${String(seed).padStart(6, "0")}${number}` as ExchangeId,
    call: `call_${number}` as CallId,
    at: instant(SAMPLE_START_MS + index * SPACING_MS + randomInteger(random, 0, 400_000)),
    path: "/v1/messages",
    modelAsked: randomChoice(random, MODELS),
    stream: random.next() < 0.5,
    maxTokens: 1024,
    requestBytes: randomInteger(random, 100, 90_000),
    attributes: {
      key: orNull(random, randomChoice(random, ["key-a", "key-b"])),
      user: orNull(random, `user-${randomInteger(random, 1, 6)}`),
      userType: orNull(random, randomChoice(random, ["human", "service"])),
      team: orNull(random, randomChoice(random, ["blue", 'it\'s "red"', "grün"])),
      endpoint: orNull(random, randomChoice(random, ["chat", "rag", "agent"])),
      session: orNull(random, `session-${randomInteger(random, 1, 9)}`),
      tags: sampleTags(random),
      client: orNull(random, "sdk/1.2"),
    },
    settings: {
      apiVersion: "2023-06-01",
      betas: ["beta-1"],
      serviceTier: null,
      speed: null,
      inferenceGeo: null,
      thinking: null,
      effort: null,
      toolChoice: null,
      hasImages: false,
    },
    prompt: orNull(random, samplePrompt(random, index)),
    prefixBreak: index % 3 === 0 ? sampleBreak(index) : null,
    worstCase: {
      inputTokens: estimatedTokenCount(1000),
      outputTokens: estimatedTokenCount(1024),
      amount: orNull(random, picoUsd(18_360_000_000n)),
    },
    versions: { purser: "0.1.0", config: "c1", prices: "p1", policy: "none" },
    decisions: index % 10 === 1 ? ["cache autopilot keep-alive"] : [],
    arm: index % 4 === 0 ? null : `${index % 3 === 0 ? "hold-out" : "apply"}/root-${index % 7}`,
  };
}

function sampleBreak(index: number): OpenedEntry["prefixBreak"] {
  return {
    against: `ex_before_${index}`,
    section: "system",
    change: "timestamp",
    block: index,
    message: null,
    offset: 17,
    length: index % 2 === 0 ? null : 20,
  };
}

function sampleTags(random: Random): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  if (random.next() < 0.5) tags.feature = randomChoice(random, ["search", "mail"]);
  if (random.next() < 0.3) tags['a/b~c."d'] = "odd name";
  return tags;
}

/** Prompts that build on one another. */
const TURNS = 6;
const blocksOf = (index: number): number => 1 + ((index * 7) % 3);

function samplePrompt(random: Random, index: number): PromptPath {
  const turn = index % TURNS;
  let parentDepth = 0;
  for (let earlier = index - turn; earlier < index; earlier += 1) parentDepth += blocksOf(earlier);
  const blocks = Array.from(
    { length: blocksOf(index) },
    (_, position): StoredBlock => ({
      fingerprint: `f${index}-${position}` as StoredBlock["fingerprint"],
      section: "messages",
      type: "text",
      role: randomChoice(random, ["user", "assistant"]),
      bytes: randomInteger(random, 1, 5_000),
    }),
  );
  return {
    node: `n${index}` as PromptPath["node"],
    parent: turn === 0 ? null : (`n${index - 1}` as PromptPath["node"]),
    depth: parentDepth + blocks.length,
    parentDepth,
    blocks,
    markers: [{ position: 0, lifetime: "5m" }],
    automaticMarker: null,
  };
}

/** How `opened` ended, by chance: most are measured, some are cut, failed, unpriced or lost. */
export function sampleSettled(opened: OpenedEntry, seed: number): SettledEntry {
  const random = seededRandom(seed);
  const at = instant(opened.at + randomInteger(random, 200, 60_000));
  const base = {
    kind: "settled",
    exchange: opened.exchange,
    at,
    firstByteAt: instant(opened.at + 100),
    httpStatus: 200,
    errorType: null,
    modelServed: opened.modelAsked,
    messageId: `msg_${opened.exchange}`,
    requestId: `req_${opened.exchange}`,
    stopReason: "end_turn",
    reportedMiss: seed % 5 === 0 ? { reason: "system_changed", missedTokens: seed } : null,
    responseBytes: 900,
    measured: null,
    estimated: null,
    unbilledReason: null,
    unbilledUsage: null,
    showback: null,
  } as const;
  const chance = random.next();
  if (chance < 0.7) {
    const measured = sampleCharge(random, true);
    return { ...base, outcome: "completed", measured, showback: orNull(random, measured.total) };
  }
  if (chance < 0.85) {
    return {
      ...base,
      outcome: "client-left",
      measured: sampleCharge(random, false),
      estimated: {
        inputTokens: estimatedTokenCount(0),
        outputTokens: estimatedTokenCount(50),
        total: picoUsd(750_000_000n),
        basis: "rest of a cut stream",
      },
    };
  }
  if (chance < 0.95) {
    const unbilledReason = "unpriced: unknown-model";
    return { ...base, outcome: "completed", modelServed: "claude-unheard-of", unbilledReason };
  }
  return { ...base, outcome: "upstream-error", httpStatus: 529, unbilledReason: "not-billed: 529" };
}

export function sampleCharge(random: Random, final: boolean): MeasuredCharge {
  const usage: Usage = {
    inputTokens: tokenCount(randomInteger(random, 1, 200_000)),
    cacheWrite5mTokens: tokenCount(randomInteger(random, 0, 30_000)),
    cacheWrite1hTokens: tokenCount(randomInteger(random, 0, 30_000)),
    cacheReadTokens: tokenCount(randomInteger(random, 0, 100_000)),
    outputTokens: tokenCount(randomInteger(random, 1, 9_000)),
    thinkingTokens: null,
    serviceTier: "standard",
    speed: null,
    inferenceGeo: null,
    webSearchRequests: randomInteger(random, 0, 2),
    webFetchRequests: 0,
    iterations: null,
    unknownFields: [],
  };
  const lines = linesOf(usage);
  return {
    usage,
    reported: {
      input_tokens: usage.inputTokens,
      cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
      output_tokens: usage.outputTokens,
    },
    lines,
    total: picoUsd(lines.reduce((sum, line) => sum + line.amount, 0n)),
    final,
    priceDate: "2026-01-01",
  };
}

function linesOf(usage: Usage): readonly BillLine[] {
  const model = "claude-sonnet-5-5" as BillLine["model"];
  const counts = {
    input: usage.inputTokens,
    cache_write_5m: usage.cacheWrite5mTokens,
    cache_write_1h: usage.cacheWrite1hTokens,
    cache_read: usage.cacheReadTokens,
    output: usage.outputTokens,
  } as const;
  const lines = Object.entries(counts).map(([name, tokens]): BillLine => {
    const item = name as keyof typeof counts;
    const price = PRICES[item] as Extract<BillLine, { kind: "tokens" }>["price"];
    const amount = picoUsd(BigInt(tokens) * price);
    // Now and then a discount: the list's price is a little higher.
    const list = tokens % 3 === 0 ? { listPrice: (price + 7n) as typeof price } : {};
    return { kind: "tokens", item, model, tokens, price, ...list, amount };
  });
  if (usage.webSearchRequests === 0) return lines;
  const unitAmount = picoUsd(10_000_000_000n);
  const quantity = usage.webSearchRequests;
  const amount = picoUsd(BigInt(quantity) * unitAmount);
  return [...lines, { kind: "fee", item: "web_search", model, quantity, unitAmount, amount }];
}

export function sampleCorrection(settled: SettledEntry, seed: number): CorrectedEntry {
  const measured = sampleCharge(seededRandom(seed), true);
  const rest = { ...settled, measured, estimated: null, unbilledReason: null };
  return { ...rest, kind: "corrected", outcome: "completed", reason: `reconciled ${seed}` };
}

/** What the ledger must add up to, kept by the newest entry of each exchange. */
export class ExpectedLedger {
  readonly opened = new Map<string, OpenedEntry>();
  readonly newest = new Map<string, SettledEntry>();
  readonly corrections = new Map<string, string[]>();

  add(entry: LedgerEntry): void {
    if (entry.kind === "opened") this.opened.set(entry.exchange, entry);
    else if (entry.kind === "settled") this.newest.set(entry.exchange, entry);
    else {
      const { reason, ...rest } = entry;
      this.newest.set(entry.exchange, { ...rest, kind: "settled" });
      const reasons = this.corrections.get(entry.exchange) ?? [];
      this.corrections.set(entry.exchange, [...reasons, reason]);
    }
  }

  /** The exchanges that `keep` lets through, summed. */
  sums(keep: (opened: OpenedEntry, settled: SettledEntry | null) => boolean): ExpectedSums {
    const sums = { exchanges: 0, measured: 0n, estimated: 0n, showback: 0n, inputTokens: 0n };
    for (const [id, opened] of this.opened) {
      const settled = this.newest.get(id) ?? null;
      if (!keep(opened, settled)) continue;
      sums.exchanges += 1;
      sums.measured += settled?.measured?.total ?? 0n;
      sums.estimated += settled?.estimated?.total ?? 0n;
      sums.showback += settled?.showback ?? 0n;
      sums.inputTokens += BigInt(settled?.measured?.usage.inputTokens ?? 0);
    }
    return sums as ExpectedSums;
  }
}

export type ExpectedSums = {
  readonly exchanges: number;
  readonly measured: PicoUsd;
  readonly estimated: PicoUsd;
  readonly showback: PicoUsd;
  readonly inputTokens: bigint;
};
