/** Durable exchanges a second: each is opened, then settled, and counts when its settlement is on disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant } from "../../src/base/index.ts";
import type { OpenedEntry, SettledEntry } from "../../src/stores/contracts/index.ts";
import { openDataDirectory } from "../../src/stores/data-directory/index.ts";
import { openLedgerWriter, type RecoveringLedgerWriter } from "../../src/stores/ledger/index.ts";
import { quantile, shown } from "./numbers.ts";

const REPETITIONS = 5;
const SECONDS = 2;

export async function measureWrites(inFlight: readonly number[]): Promise<void> {
  console.log(`\ndurable exchanges (open + settle), ${REPETITIONS} runs of ${SECONDS} s each`);
  for (const count of inFlight) {
    const rates: number[] = [];
    const cpu: number[] = [];
    for (let run = 0; run < REPETITIONS; run += 1) {
      const { rate, cpuUs } = await writeFor(count);
      rates.push(rate);
      cpu.push(cpuUs);
    }
    const spread = `${shown(Math.min(...rates))} to ${shown(Math.max(...rates))}`;
    const median = shown(quantile(rates, 0.5));
    const each = shown(quantile(cpu, 0.5));
    console.log(`  ${count} in flight: ${median}/s (${spread}), ${each} µs CPU each`);
  }
}

async function writeFor(inFlight: number): Promise<{ rate: number; cpuUs: number }> {
  const path = mkdtempSync(join(tmpdir(), "purser-bench-"));
  const clock = { now: () => instant(Date.now()), monotonicMs: () => performance.now() };
  const fillRandom = (bytes: Uint8Array): void => {
    crypto.getRandomValues(bytes);
  };
  const writer = await openLedgerWriter({
    directory: openDataDirectory({ path, clock, fillRandom }),
    clock,
  });
  const started = performance.now();
  const cpu = process.cpuUsage();
  let written = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - started < SECONDS * 1000) {
      written += 1;
      await writeOne(writer, written);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await writer.close();
  rmSync(path, { recursive: true, force: true });
  return { rate: written / seconds, cpuUs: (user + system) / written };
}

async function writeOne(writer: RecoveringLedgerWriter, index: number): Promise<void> {
  const exchange = `ex_${String(index).padStart(26, "0")}`;
  await writer.open({ ...OPENED, exchange, call: exchange } as unknown as OpenedEntry);
  await writer.settle({ ...SETTLED, exchange } as unknown as SettledEntry);
}

const OPENED = {
  kind: "opened",
  at: 1_800_000_000_000,
  path: "/v1/messages",
  modelAsked: "claude-sonnet-5-5",
  stream: true,
  maxTokens: 4096,
  requestBytes: 8192,
  attributes: {
    key: "0123456789abcdef0123456789abcdef",
    user: "user-01234",
    userType: "human",
    team: "blue",
    endpoint: "chat",
    session: "session-0123456789",
    tags: { feature: "search" },
    client: "anthropic-typescript/1.12",
  },
  settings: {
    apiVersion: "2023-06-01",
    betas: [],
    serviceTier: null,
    speed: null,
    inferenceGeo: null,
    thinking: null,
    effort: null,
    toolChoice: null,
    hasImages: false,
  },
  prompt: {
    node: "0123456789abcdef0123456789abcdef",
    parent: "fedcba9876543210fedcba9876543210",
    depth: 22,
    parentDepth: 20,
    blocks: [20, 21].map((at) => ({
      fingerprint: `0123456789abcdef0123456789abcd${at}`,
      section: "messages",
      type: "text",
      role: "user",
      bytes: 400,
    })),
    markers: [{ position: 20, lifetime: "5m" }],
    automaticMarker: null,
  },
  worstCase: { inputTokens: 2048, outputTokens: 4096, amount: 67_584_000_000n },
  versions: { purser: "0.1.0", config: "a1b2c3", prices: "d4e5f6", policy: "none" },
  decisions: [],
  arm: null,
};

function line(item: string, tokens: number, price: bigint): object {
  const amount = BigInt(tokens) * price;
  return { kind: "tokens", item, model: "claude-sonnet-5-5", tokens, price, amount };
}

const SETTLED = {
  kind: "settled",
  at: 1_800_000_004_000,
  firstByteAt: 1_800_000_001_000,
  outcome: "completed",
  httpStatus: 200,
  errorType: null,
  modelServed: "claude-sonnet-5-5",
  messageId: "msg_0123456789abcdefghijklmn",
  requestId: "req_0123456789abcdefghijklmn",
  stopReason: "end_turn",
  responseBytes: 2400,
  measured: {
    usage: {
      inputTokens: 100,
      cacheWrite5mTokens: 200,
      cacheWrite1hTokens: 0,
      cacheReadTokens: 1700,
      outputTokens: 500,
      thinkingTokens: null,
      serviceTier: "standard",
      speed: null,
      inferenceGeo: null,
      webSearchRequests: 0,
      webFetchRequests: 0,
      iterations: null,
      unknownFields: [],
    },
    reported: {
      input_tokens: 100,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 1700,
      output_tokens: 500,
    },
    lines: [
      line("input", 100, 3_000_000n),
      line("cache_write_5m", 200, 3_750_000n),
      line("cache_read", 1700, 300_000n),
      line("output", 500, 15_000_000n),
    ],
    total: 300_000_000n + 750_000_000n + 510_000_000n + 7_500_000_000n,
    final: true,
    priceDate: "2026-01-01",
  },
  estimated: null,
  unbilledReason: null,
  unbilledUsage: null,
  showback: null,
};
