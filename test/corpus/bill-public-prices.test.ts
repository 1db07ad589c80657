import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { instant } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { RECORDED_DATA } from "./usage-recordings.ts";

const TABLES = resolve(RECORDED_DATA, "prices");
const NO_TABLES = existsSync(TABLES) ? null : "the public price tables are not beside this clone";
const PAGE = readFileSync("docs/concepts/prices.md", "utf8");
const catalogue = compileCatalogue();
const AT = instant(Date.parse("2026-11-22"));

const CLASSES = ["input", "output", "cacheWrite5m", "cacheWrite1h", "cacheRead"] as const;
type Class = (typeof CLASSES)[number];
/** Dollars per million tokens, as a table gives them; a class it does not give is not compared. */
type Listed = { readonly id: string } & { readonly [key in Class]?: number | undefined };

function read(name: string): string {
  return readFileSync(resolve(TABLES, name), "utf8");
}

function litellm(): readonly Listed[] {
  const table = JSON.parse(
    read("litellm/model_prices_and_context_window.wei-shaw-mirror-2026-07-24.json"),
  ) as Record<string, Record<string, number | string>>;
  const mtok = (value: unknown) => (typeof value === "number" ? value * 1e6 : undefined);
  return Object.entries(table)
    .filter(([, row]) => row.litellm_provider === "anthropic")
    .map(([id, row]) => ({
      id,
      input: mtok(row.input_cost_per_token),
      output: mtok(row.output_cost_per_token),
      cacheWrite5m: mtok(row.cache_creation_input_token_cost),
      cacheWrite1h: mtok(row.cache_creation_input_token_cost_above_1hr),
      cacheRead: mtok(row.cache_read_input_token_cost),
    }));
}

type Rate = number | { readonly base: number } | undefined;
type GenaiPrices = Record<string, Rate>;
type GenaiModel = {
  readonly id: string;
  readonly prices: GenaiPrices | readonly { readonly prices: GenaiPrices }[];
};

function genaiPrices(): readonly Listed[] {
  const providers = JSON.parse(read("genai-prices/new_data__v2__data.json")) as readonly {
    readonly id: string;
    readonly models: readonly GenaiModel[];
  }[];
  const models = providers.find(({ id }) => id === "anthropic")?.models ?? [];
  const base = (rate: Rate) => (typeof rate === "object" ? rate.base : rate);
  return models.map(({ id, prices }) => {
    // The last of dated prices is the one that the table holds to be in force.
    const rates = (Array.isArray(prices) ? prices.at(-1)?.prices : prices) as GenaiPrices;
    return {
      id,
      input: base(rates.input_mtok),
      output: base(rates.output_mtok),
      cacheWrite5m: base(rates.cache_write_mtok),
      cacheWrite1h: base(rates.cache_write_1h_mtok),
      cacheRead: base(rates.cache_read_mtok),
    };
  });
}

function modelsDev(): readonly Listed[] {
  const folder = resolve(TABLES, "models.dev/providers/anthropic/models");
  return readdirSync(folder).map((file) => {
    const text = readFileSync(resolve(folder, file), "utf8");
    const cost = text.split("[cost]")[1]?.split("\n[")[0] ?? "";
    const rate = (name: string) => {
      const found = new RegExp(`^${name} = ([\\d_.]+)`, "m").exec(cost)?.[1];
      return found === undefined ? undefined : Number(found);
    };
    return {
      id: file.replace(".toml", ""),
      input: rate("input"),
      output: rate("output"),
      cacheWrite5m: rate("cache_write"),
      cacheRead: rate("cache_read"),
    };
  });
}

function catwalk(): readonly Listed[] {
  const { models } = JSON.parse(read("catwalk/anthropic.json")) as {
    readonly models: readonly Record<string, number | string>[];
  };
  return models.map((row) => ({
    id: String(row.id),
    input: Number(row.cost_per_1m_in),
    output: Number(row.cost_per_1m_out),
    cacheWrite5m: Number(row.cost_per_1m_in_cached),
    cacheRead: Number(row.cost_per_1m_out_cached),
  }));
}

function compare(table: string, listed: readonly Listed[]) {
  const differences: string[] = [];
  let agreed = 0;
  for (const row of listed) {
    const resolved = catalogue.resolve(row.id);
    if (resolved.kind === "unknown") {
      differences.push(`| ${table} | ${row.id} | id | - | unknown |`);
      continue;
    }
    const model = resolved.facts.id;
    const outcome = catalogue.rates({
      model,
      at: AT,
      speed: null,
      serviceTier: null,
      inferenceGeo: null,
      promptTokens: 1,
    });
    for (const name of CLASSES) {
      const theirs = row[name];
      if (theirs === undefined) continue;
      const ours = outcome.kind === "priced" ? outcome.sheet.rates[name] : null;
      const micro = BigInt(Math.round(theirs * 1e6));
      if (ours === micro) agreed += 1;
      else differences.push(`| ${table} | ${row.id} | ${name} | ${theirs} | ${shown(ours)} |`);
    }
  }
  return { agreed, differences };
}

function shown(rate: bigint | null): string {
  return rate === null ? "not sold" : String(Number(rate) / 1e6);
}

describe.skipIf(NO_TABLES !== null)(`public price tables (skipped: ${NO_TABLES})`, () => {
  test("compileCatalogue agrees with every public table, but where the page lists the difference", () => {
    const results = [
      compare("litellm", litellm()),
      compare("genai-prices", genaiPrices()),
      compare("models.dev", modelsDev()),
      compare("catwalk", catwalk()),
    ];
    expect(results.reduce((sum, { agreed }) => sum + agreed, 0)).toBeGreaterThan(250);
    const listed = PAGE.split("\n").filter((line) =>
      /^\| (?:litellm|genai-prices|models\.dev|catwalk) \|/.test(line),
    );
    expect(listed).toEqual(results.flatMap(({ differences }) => differences));
  });
});
