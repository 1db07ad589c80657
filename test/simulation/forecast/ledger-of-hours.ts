/** A real ledger in a folder of its own, with calls at chosen hours, for operations that read series. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import {
  type CallId,
  type Clock,
  type ExchangeId,
  estimatedTokenCount,
  type Instant,
  instant,
  picoUsd,
  tokenCount,
} from "../../../src/base/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { makeContext, type OwnedContext } from "../../../src/main/operation-context.ts";
import { checkInput, type Operation } from "../../../src/operations/index.ts";
import type { OpenedEntry, Outcome, SettledEntry } from "../../../src/stores/contracts/index.ts";
import { openDataDirectory } from "../../../src/stores/data-directory/index.ts";
import { openLedgerWriter } from "../../../src/stores/ledger/index.ts";

export type LedgerCall = {
  readonly at: number;
  readonly endpoint: string;
  readonly user?: string;
  readonly model?: string;
  readonly usd: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly outcome?: Outcome;
  readonly unpriced?: boolean;
};

export type LedgerOfHours = {
  readonly path: string;
  /** What operations run with, at a time of the test's choice. */
  readonly contextAt: (now: number) => OwnedContext;
  /** What an operation answers at that time. */
  readonly ask: <Input extends z.ZodObject, Output extends z.ZodType>(
    operation: Operation<Input, Output>,
    input: Record<string, unknown>,
    now: number,
  ) => Promise<z.output<Output>>;
  readonly remove: () => void;
};

export async function makeLedgerOfHours(calls: readonly LedgerCall[]): Promise<LedgerOfHours> {
  const path = mkdtempSync(join(tmpdir(), "purser-hours-"));
  const clock = clockAt(calls[0]?.at ?? 0);
  const fillRandom = (bytes: Uint8Array): void => void crypto.getRandomValues(bytes);
  const directory = openDataDirectory({ path, clock, fillRandom });
  const writer = await openLedgerWriter({ directory, clock });
  await Promise.all(
    calls.map(async (call, index) => {
      const opened = openedOf(call, index);
      await writer.open(opened);
      await writer.settle(settledOf(call, opened));
    }),
  );
  await writer.close();
  const contextAt = (now: number): OwnedContext =>
    makeContext({
      config: () => loadConfig({ flags: { data: path }, environment: {}, workingDirectory: path }),
      signal: new AbortController().signal,
      clock: clockAt(now),
    });
  return {
    path,
    contextAt,
    ask: async (operation, input, now) => {
      const { context, close } = contextAt(now);
      try {
        return await operation.run(checkInput(operation, input), context);
      } finally {
        await close();
      }
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function clockAt(at: number): Clock {
  return { now: () => instant(at), monotonicMs: () => 0 };
}

function openedOf(call: LedgerCall, index: number): OpenedEntry {
  const number = String(index).padStart(20, "0");
  return {
    kind: "opened",
    exchange: `ex_${number}` as ExchangeId,
    call: `call_${number}` as CallId,
    at: instant(call.at),
    path: "/v1/messages",
    modelAsked: call.model ?? "claude-opus-5",
    stream: false,
    maxTokens: 1_024,
    requestBytes: 100,
    attributes: {
      ...{ key: null, userType: null, team: null, session: null, tags: {}, client: null },
      user: call.user ?? null,
      endpoint: call.endpoint,
    },
    settings: {
      ...{ apiVersion: null, betas: [], serviceTier: null, speed: null, inferenceGeo: null },
      ...{ thinking: null, effort: null, toolChoice: null, hasImages: false },
    },
    prompt: null,
    prefixBreak: null,
    worstCase: {
      inputTokens: estimatedTokenCount(100),
      outputTokens: estimatedTokenCount(1_024),
      amount: null,
    },
    versions: { purser: "test", config: "test", prices: "test", policy: "none" },
    decisions: [],
    arm: null,
  };
}

function settledOf(call: LedgerCall, opened: OpenedEntry): SettledEntry {
  const amount = picoUsd(BigInt(Math.round(call.usd * 1e6)) * 1_000_000n);
  const inputTokens = tokenCount(call.inputTokens ?? 1_000);
  const outputTokens = tokenCount(call.outputTokens ?? 100);
  return {
    kind: "settled",
    exchange: opened.exchange,
    at: instant(opened.at + 1_000) as Instant,
    firstByteAt: null,
    outcome: call.outcome ?? "completed",
    httpStatus: 200,
    errorType: null,
    modelServed: opened.modelAsked,
    ...{ messageId: null, requestId: null, stopReason: "end_turn", reportedMiss: null },
    responseBytes: 100,
    measured:
      call.unpriced === true
        ? null
        : {
            usage: {
              ...{ inputTokens, outputTokens, thinkingTokens: null },
              ...{ cacheWrite5mTokens: tokenCount(0), cacheWrite1hTokens: tokenCount(0) },
              ...{ cacheReadTokens: tokenCount(0), serviceTier: "standard", speed: null },
              ...{ inferenceGeo: null, webSearchRequests: 0, webFetchRequests: 0 },
              ...{ iterations: null, unknownFields: [] },
            },
            reported: { input_tokens: inputTokens, output_tokens: outputTokens },
            lines: [
              {
                ...{ kind: "fee", item: "web_search", model: "claude-opus-5", quantity: 1 },
                ...{ unitAmount: amount, amount },
              } as never,
            ],
            total: amount,
            final: true,
            priceDate: "2026-01-01",
          },
    estimated: null,
    unbilledReason: call.unpriced === true ? "unpriced: unknown-model" : null,
    ...{ unbilledUsage: null, showback: null },
  };
}
