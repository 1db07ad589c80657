import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { instant } from "../../src/base/index.ts";
import { computeBill } from "../../src/domain/billing/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { readUsage } from "../../src/wire/messages/index.ts";
import { RECORDED_DATA } from "./usage-recordings.ts";

const ORACLE = resolve(RECORDED_DATA, "cost-oracle");
const NO_ORACLE = existsSync(ORACLE) ? null : "the recorded costs are not beside this clone";
const PAGE = readFileSync("docs/reference/recorded-costs.md", "utf8");
const catalogue = compileCatalogue();
const AT = instant(Date.parse("2026-11-22"));

type Json = Record<string, unknown>;
type Numbers = Record<string, number | undefined>;
type Comparison = {
  readonly source: string;
  readonly model: string;
  readonly recorded: bigint;
  readonly ours: bigint;
  readonly ownKey: boolean;
};

function jsonLines(name: string): readonly Json[] {
  const text = readFileSync(resolve(ORACLE, name), "utf8").trimEnd();
  return text.split("\n").map((line) => JSON.parse(line) as Json);
}

function billOf(model: string, usage: Json): { readonly total: bigint; readonly model: string } {
  const reading = readUsage(usage);
  if (reading.kind !== "usage") throw new Error(`unreadable: ${reading.path}`);
  const outcome = computeBill({ catalogue, model, at: AT, usage: reading.usage });
  if (outcome.kind !== "billed") throw new Error(`${outcome.kind} ${model}`);
  return { total: outcome.bill.total, model: outcome.bill.basis[0]?.model ?? model };
}

/** A double of dollars to whole picodollars; all recorded figures are far from a half. */
function picoOf(usd: number): bigint {
  return BigInt(Math.round(usd * 1e12));
}

/** The reseller's chat format counts writes and reads inside its prompt; the Messages API beside it. */
function fromChatFormat(usage: Json): Json {
  const details = (usage.prompt_tokens_details ?? {}) as Numbers;
  const read = details.cached_tokens ?? 0;
  const written = details.cache_write_tokens ?? 0;
  return {
    input_tokens: (usage.prompt_tokens as number) - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage.completion_tokens,
  };
}

function resellerCalls(): readonly Comparison[] {
  return jsonLines("openrouter_claude_billed.jsonl").map((row) => {
    const usage = row.usage as Json;
    const ours = billOf(
      row.model as string,
      "input_tokens" in usage ? usage : fromChatFormat(usage),
    );
    return {
      source: "reseller, charged",
      model: ours.model,
      recorded: picoOf(usage.cost as number),
      ours: ours.total,
      ownKey: usage.is_byok === true,
    };
  });
}

function clientFigures(): readonly Comparison[] {
  return jsonLines("claude_code_result_events.jsonl").flatMap((row) =>
    Object.entries((row.modelUsage ?? {}) as Record<string, Numbers>).map(([model, used]) => {
      const ours = billOf(model, {
        input_tokens: used.inputTokens,
        cache_creation_input_tokens: used.cacheCreationInputTokens,
        cache_read_input_tokens: used.cacheReadInputTokens,
        output_tokens: used.outputTokens,
        server_tool_use: { web_search_requests: used.webSearchRequests },
      });
      return {
        source: "client, its own figure",
        model: ours.model,
        recorded: picoOf(used.costUSD ?? 0),
        ours: ours.total,
        ownKey: false,
      };
    }),
  );
}

function relation({ recorded, ours, ownKey }: Comparison): string {
  if (recorded === ours) return "equal";
  if (recorded === 0n && ownKey) return "nothing charged";
  if (recorded === 2n * ours) return "exactly double";
  if (3n * recorded === 5n * ours) return "exactly 5/3";
  return "unexplained";
}

/** One row for each source, model and relation, as the page shows it. */
function tableOf(comparisons: readonly Comparison[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const comparison of comparisons) {
    const key = `${comparison.source} | ${comparison.model} | ${relation(comparison)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, calls]) => `| ${key} | ${calls} |`).sort();
}

describe.skipIf(NO_ORACLE !== null)(`recorded costs (skipped: ${NO_ORACLE})`, () => {
  test("computeBill equals every recorded cost, or the difference is one that the page explains", () => {
    const comparisons = [...resellerCalls(), ...clientFigures()];
    const table = tableOf(comparisons);
    expect(table.filter((row) => row.includes("unexplained"))).toEqual([]);
    const shown = PAGE.split("\n").filter((line) => /^\| (?:reseller|client)/.test(line));
    expect(shown).toEqual(table);
    expect(comparisons.filter((one) => one.source.startsWith("reseller"))).toHaveLength(155);
  });

  test("a difference touches no call that was really charged, but the four named on the page", () => {
    const differing = resellerCalls().filter((one) => relation(one) !== "equal");
    expect(differing.map(relation).sort()).toEqual([
      "exactly double",
      "exactly double",
      "exactly double",
      "nothing charged",
    ]);
  });

  test("computeBill equals the one-hour pair, line by line", () => {
    const pair = JSON.parse(
      readFileSync(resolve(ORACLE, "req_llm_billing_cache_1h.json"), "utf8"),
    ) as { readonly cold: Json; readonly warm: Json };
    const cold = billOf(pair.cold.model as string, pair.cold.usage as Json);
    expect(cold.total).toBe(BigInt(pair.cold.expected_micros as number) * 1_000_000n);
    // Warm: 11 fresh at 1, 16,522 read at 0.10, 4 out at 5 dollars per million.
    const warm = billOf(pair.warm.model as string, pair.warm.usage as Json);
    expect(warm.total).toBe(1_683_200_000n);
  });
});
