import { describe, expect, test } from "vitest";
import { formatUsdPerMtok, instant } from "../../base/index.ts";
import { type CatalogueOverrides, compileCatalogue, type ModelId } from "./index.ts";

const catalogue = compileCatalogue();
const at = (day: string) => instant(Date.parse(day));

type Modifiers = {
  readonly speed?: string;
  readonly serviceTier?: string;
  readonly inferenceGeo?: string;
  readonly promptTokens?: number;
  readonly overrides?: CatalogueOverrides;
};

/** `input/output/write5m/write1h/read` in dollars per million, or the reason why there is no price. */
function rates(model: string, day: string, modifiers: Modifiers = {}): string {
  const { overrides } = modifiers;
  const outcome = (overrides === undefined ? catalogue : compileCatalogue(overrides)).rates({
    model: model as ModelId,
    at: at(day),
    speed: modifiers.speed ?? null,
    serviceTier: modifiers.serviceTier ?? null,
    inferenceGeo: modifiers.inferenceGeo ?? null,
    promptTokens: modifiers.promptTokens ?? 1,
  });
  if (outcome.kind === "unpriced") return outcome.reason;
  const { input, output, cacheWrite5m, cacheWrite1h, cacheRead } = outcome.sheet.rates;
  return [input, output, cacheWrite5m, cacheWrite1h, cacheRead]
    .map((rate) => (rate === null ? "-" : formatUsdPerMtok(rate)))
    .join("/");
}

function resolved(id: string): string {
  const resolution = catalogue.resolve(id);
  return resolution.kind === "unknown"
    ? "unknown"
    : `${resolution.facts.id} by ${resolution.seller}`;
}

describe("compileCatalogue", () => {
  test.each([
    ["claude-fable-5-2", "8/40/10/16/0.2"],
    ["claude-mythos-5-2", "8/40/10/16/0.2"],
    ["claude-fable-5-1", "10/50/12.5/20/0.25"],
    ["claude-mythos-5-1", "10/50/12.5/20/0.25"],
    ["claude-fable-5", "10/50/12.5/20/1"],
    ["claude-mythos-5", "10/50/12.5/20/1"],
    ["claude-opus-5-5", "4/20/5/8/0.2"],
    ["claude-opus-5", "5/25/6.25/10/0.5"],
    ["claude-opus-4-8", "5/25/6.25/10/0.5"],
    ["claude-opus-4-7", "5/25/6.25/10/0.5"],
    ["claude-opus-4-6", "5/25/6.25/10/0.5"],
    ["claude-opus-4-5-20251101", "5/25/6.25/10/0.5"],
    ["claude-opus-4-1-20250805", "15/75/18.75/30/1.5"],
    ["claude-opus-4-20250514", "15/75/18.75/30/1.5"],
    ["claude-3-opus-20240229", "15/75/18.75/30/1.5"],
    ["claude-sonnet-5-5", "2/10/2.5/4/0.1"],
    ["claude-sonnet-5", "2/10/2.5/4/0.2"],
    ["claude-sonnet-4-6", "3/15/3.75/6/0.3"],
    ["claude-sonnet-4-5-20250929", "3/15/3.75/6/0.3"],
    ["claude-sonnet-4-20250514", "3/15/3.75/6/0.3"],
    ["claude-3-7-sonnet-20250219", "3/15/3.75/6/0.3"],
    ["claude-3-5-sonnet-20241022", "3/15/3.75/6/0.3"],
    ["claude-3-5-sonnet-20240620", "3/15/3.75/6/0.3"],
    ["claude-3-sonnet-20240229", "3/15/3.75/6/0.3"],
    ["claude-haiku-5-5", "0.1/0.5/0.125/0.2/0.01"],
    ["claude-haiku-4-5-20251001", "1/5/1.25/2/0.1"],
    ["claude-3-5-haiku-20241022", "0.8/4/1/1.6/0.08"],
    ["claude-3-haiku-20240307", "0.25/1.25/0.3/0.5/0.03"],
    ["claude-2.1", "8/24/-/-/-"],
    ["claude-2.0", "8/24/-/-/-"],
    ["claude-mythos-preview", "no-price-at-date"],
    ["claude-instant-1.2", "no-price-at-date"],
    ["claude-1.3", "no-price-at-date"],
  ])("rates of %s on 2026-11-22 are the provider's: %s", (model, expected) => {
    expect(rates(model, "2026-11-22")).toBe(expected);
  });

  test("rates change on their day, and not before", () => {
    expect(rates("claude-sonnet-5-5", "2026-10-06T23:59:59Z")).toBe("2/10/2.5/4/0.2");
    expect(rates("claude-sonnet-5-5", "2026-10-07T00:00:00Z")).toBe("2/10/2.5/4/0.1");
    expect(rates("claude-fable-5-2", "2026-11-08T23:59:59Z")).toBe("no-price-at-date");
    expect(rates("claude-opus-4-8", "2026-11-29", { speed: "fast" })).toBe("10/50/12.5/20/1");
    expect(rates("claude-opus-4-8", "2026-11-30", { speed: "fast" })).toBe("class-not-sold");
    expect(rates("claude-opus-5-5", "2026-10-14", { speed: "fast" })).toBe("class-not-sold");
    expect(rates("claude-opus-5-5", "2026-10-15", { speed: "fast" })).toBe("8/40/10/16/0.4");
  });

  test("rates step up above 100,000 prompt tokens of Claude Haiku 5.5, not at 100,000", () => {
    const step = (promptTokens: number) =>
      rates("claude-haiku-5-5", "2026-11-22", { promptTokens });
    expect(step(100_000)).toBe("0.1/0.5/0.125/0.2/0.01");
    expect(step(100_001)).toBe("0.5/2.5/0.625/1/0.05");
  });

  test.each([
    ["claude-opus-4-6", "2026-03-12", "10/37.5/12.5/20/1"],
    ["claude-opus-4-6", "2026-03-13", "5/25/6.25/10/0.5"],
    ["claude-sonnet-4-6", "2026-03-12", "6/22.5/7.5/12/0.6"],
    ["claude-sonnet-4-6", "2026-03-13", "3/15/3.75/6/0.3"],
    ["claude-sonnet-4-5-20250929", "2026-04-30", "6/22.5/7.5/12/0.6"],
    ["claude-sonnet-4-5-20250929", "2026-05-01", "3/15/3.75/6/0.3"],
    ["claude-sonnet-4-20250514", "2026-04-30", "6/22.5/7.5/12/0.6"],
  ])("rates of %s above 200,000 prompt tokens on %s are %s", (model, day, expected) => {
    expect(rates(model, day, { promptTokens: 200_001 })).toBe(expected);
  });

  test("rates combine batch and region, and refuse what is not sold", () => {
    const day = "2026-11-22";
    expect(rates("claude-opus-5-5", day, { serviceTier: "batch", inferenceGeo: "us" })).toBe(
      "2.2/11/2.75/4.4/0.11",
    );
    expect(rates("claude-opus-5-5", day, { speed: "fast", inferenceGeo: "us" })).toBe(
      "8.8/44/11/17.6/0.44",
    );
    expect(rates("claude-haiku-4-5-20251001", day, { inferenceGeo: "us" })).toBe("class-not-sold");
    expect(rates("claude-opus-4-7", day, { speed: "fast" })).toBe("class-not-sold");
    expect(rates("claude-opus-5-5", day, { speed: "fast", serviceTier: "batch" })).toBe(
      "class-not-sold",
    );
    expect(rates("claude-3-sonnet-20240229", "2024-12-01", { serviceTier: "batch" })).toBe(
      "class-not-sold",
    );
  });

  test("rates say aloud which tier, speed or region they do not know", () => {
    const day = "2026-11-22";
    expect(rates("claude-opus-5-5", day, { serviceTier: "priority" })).toBe("priority-commitment");
    expect(rates("claude-opus-5-5", day, { serviceTier: "flex" })).toBe("unknown-service-tier");
    expect(rates("claude-opus-5-5", day, { speed: "ludicrous" })).toBe("unknown-speed");
    expect(rates("claude-opus-5-5", day, { inferenceGeo: "eu" })).toBe("unknown-inference-geo");
    expect(rates("claude-opus-5-5", day, { inferenceGeo: "not_available" })).toBe("4/20/5/8/0.2");
  });

  test.each([
    ["claude-haiku-4-5", "claude-haiku-4-5-20251001 by anthropic"],
    ["claude-opus-4-6[1m]", "claude-opus-4-6 by anthropic"],
    ["us.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet-20250219 by bedrock"],
    ["anthropic.claude-opus-4-6-v1", "claude-opus-4-6 by bedrock"],
    ["global.anthropic.claude-sonnet-5", "claude-sonnet-5 by bedrock"],
    ["anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022 by bedrock"],
    ["anthropic.claude-v2:1", "claude-2.1 by bedrock"],
    [
      "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0",
      "claude-haiku-4-5-20251001 by bedrock",
    ],
    ["claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929 by google"],
    ["claude-opus-4-8@default", "claude-opus-4-8 by google"],
    ["claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet-20241022 by google"],
    ["publishers/anthropic/models/claude-opus-5", "claude-opus-5 by google"],
    ["anthropic/claude-4.5-haiku-20251001", "claude-haiku-4-5-20251001 by reseller"],
    ["anthropic/claude-4.6-sonnet-20260217", "claude-sonnet-4-6 by reseller"],
    ["anthropic/claude-3.7-sonnet:thinking", "claude-3-7-sonnet-20250219 by reseller"],
    ["anthropic/claude-3.5-sonnet", "claude-3-5-sonnet-20241022 by reseller"],
    ["anthropic/claude-opus-4", "claude-opus-4-20250514 by reseller"],
  ])("resolve knows %s as %s", (id, expected) => {
    expect(resolved(id)).toBe(expected);
  });

  test.each([
    "claude-sonnet-5-6",
    "claude-opus-5-5-20261201",
    "claude-haiku-4-5-latest",
    "claude-4-5-haiku",
    "claude-opus-4-6-batch",
    "us.anthropic.claude-sonnet-5-6-v1:0",
    "claude-sonnet-5-5@20990101",
    "anthropic/claude-sonnet-5.6",
    "anthropic/claude-haiku-4.5:free",
    "Claude-Opus-5",
    " claude-opus-5",
    "",
    "constructor",
    "__proto__",
  ])("resolve does not know %j, nor takes it for a sibling", (id) => {
    expect(resolved(id)).toBe("unknown");
  });

  test("every model has one owner of each id and alias, and prices in order without gaps", () => {
    const names = catalogue.models().flatMap(({ id, aliases }) => [id as string, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const { prices } of catalogue.models()) {
      prices.forEach((price, index) => {
        expect(price.until).toBe(prices[index + 1]?.from ?? null);
        expect(price.checked).toMatch(/^\d{4}-\d{2}-\d{2}$/);
        expect(price.source).not.toBe("");
      });
    }
  });
});

describe("CatalogueOverrides", () => {
  const day = "2026-11-22";
  const own = { input: "1.5", output: "6", cacheRead: "0.15" };

  test("a user's model is known by its id and alias, with its own prices only", () => {
    const overrides = { models: [{ id: "acme-1", aliases: ["acme"], prices: [own] }] };
    expect(rates("acme-1", day, { overrides })).toBe("1.5/6/-/-/0.15");
    expect(compileCatalogue(overrides).resolve("acme").kind).toBe("known");
    expect(compileCatalogue(overrides).version).not.toBe(catalogue.version);
  });

  test("own prices replace all prices of a known model, by their days", () => {
    const prices = [{ ...own }, { ...own, input: "2", from: "2026-11-01" }];
    const overrides = { models: [{ id: "claude-opus-5", prices }] };
    expect(rates("claude-opus-5", "2026-10-31", { overrides })).toBe("1.5/6/-/-/0.15");
    expect(rates("claude-opus-5", "2026-11-01", { overrides })).toBe("2/6/-/-/0.15");
  });

  test("a discount holds for its models and days, on every modifier", () => {
    const discounts = [
      { models: ["claude-haiku-4-5"], percentOff: "50" },
      { models: "all" as const, percentOff: "10", from: "2026-11-01", until: "2026-12-01" },
    ];
    const overrides = { discounts };
    expect(rates("claude-haiku-4-5-20251001", day, { overrides })).toBe("0.5/2.5/0.625/1/0.05");
    expect(rates("claude-opus-5-5", day, { overrides })).toBe("3.6/18/4.5/7.2/0.18");
    expect(rates("claude-opus-5-5", "2026-10-31", { overrides })).toBe("4/20/5/8/0.2");
    expect(rates("claude-opus-5-5", "2026-12-01", { overrides })).toBe("4/20/5/8/0.2");
    expect(rates("claude-opus-5-5", day, { overrides, serviceTier: "batch" })).toBe(
      "1.8/9/2.25/3.6/0.09",
    );
  });

  test("a discount that leaves no whole price is refused, or refused at use where only a mix is not", () => {
    const all = (percentOff: string) => ({
      discounts: [{ models: "all" as const, percentOff }],
    });
    expect(() => compileCatalogue(all("33.33333"))).toThrow(/PRICE_NOT_WHOLE/);
    const overrides = all("12.5");
    expect(rates("claude-haiku-5-5", day, { overrides })).toBe(
      "0.0875/0.4375/0.109375/0.175/0.00875",
    );
    expect(
      rates("claude-haiku-5-5", day, { overrides, serviceTier: "batch", inferenceGeo: "us" }),
    ).toBe("price-not-whole");
  });

  test("listRates are the first party's, whatever the discount or the own price", () => {
    const listOf = (overrides: CatalogueOverrides, question: Modifiers & { model: string }) => {
      const { model, speed, serviceTier, inferenceGeo, promptTokens } = question;
      const outcome = compileCatalogue(overrides).rates({
        model: model as ModelId,
        at: at(day),
        speed: speed ?? null,
        serviceTier: serviceTier ?? null,
        inferenceGeo: inferenceGeo ?? null,
        promptTokens: promptTokens ?? 1,
      });
      return outcome.kind === "priced" ? formatUsdPerMtok(outcome.sheet.listRates.input) : null;
    };
    const tenth = { discounts: [{ models: "all" as const, percentOff: "10" }] };
    expect(listOf({}, { model: "claude-opus-5-5" })).toBe("4");
    expect(listOf(tenth, { model: "claude-opus-5-5" })).toBe("4");
    expect(listOf(tenth, { model: "claude-opus-5-5", serviceTier: "batch" })).toBe("2");
    const prices = [{ ...own, steps: [{ ...own, input: "3", promptTokensOver: 10 }] }];
    const ownPrices = (id: string) => ({ ...tenth, models: [{ id, prices }] });
    expect(listOf(ownPrices("claude-opus-5"), { model: "claude-opus-5", promptTokens: 11 })).toBe(
      "5",
    );
    expect(listOf(ownPrices("acme-1"), { model: "acme-1", promptTokens: 11 })).toBe("3");
    expect(listOf(ownPrices("acme-1"), { model: "acme-1", inferenceGeo: "us" })).toBeNull();
  });

  test("warnings name the mixes that a discount leaves without a price, and nothing else", () => {
    expect(catalogue.warnings).toEqual([]);
    const discounts = [{ models: ["claude-haiku-5-5"], percentOff: "12.5", from: "2026-11-01" }];
    expect(compileCatalogue({ discounts }).warnings).toEqual([
      "calls of claude-haiku-5-5 with the US region, or batch, or batch and the US region have no price since 2026-11-01: it would not be whole micro-dollars per Mtok",
    ]);
    const whole = [{ models: ["claude-haiku-5-5"], percentOff: "50" }];
    expect(compileCatalogue({ discounts: whole }).warnings).toEqual([]);
  });

  test.each<[string, CatalogueOverrides]>([
    ["a percentage above 100", { discounts: [{ models: "all", percentOff: "101" }] }],
    ["a negative percentage", { discounts: [{ models: "all", percentOff: "-1" }] }],
    ["a discount on an unknown model", { discounts: [{ models: ["gpt"], percentOff: "1" }] }],
    ["a day that is none", { discounts: [{ models: "all", percentOff: "1", from: "2026-02-30" }] }],
    ["a new model without prices", { models: [{ id: "acme-1" }] }],
    ["an id with a space", { models: [{ id: "acme 1", prices: [own] }] }],
    ["a taken alias", { models: [{ id: "acme-1", aliases: ["claude-opus-5"], prices: [own] }] }],
    ["a limit of zero", { models: [{ id: "claude-opus-5", contextTokensMax: 0 }] }],
    [
      "prices out of order",
      {
        models: [
          {
            id: "acme-1",
            prices: [
              { ...own, from: "2026-02-01" },
              { ...own, from: "2026-01-01" },
            ],
          },
        ],
      },
    ],
  ])("%s is refused by name", (_name, overrides) => {
    expect(() => compileCatalogue(overrides)).toThrow(/CATALOGUE_OVERRIDE_INVALID/);
  });

  test("compileCatalogue dates a price by the day it began to hold, not by the last change beside it", () => {
    const sinceOf = (model: string, day: string, speed: string | null = null): string | null => {
      const question = { model: model as ModelId, at: at(day), speed, promptTokens: 1 };
      const outcome = catalogue.rates({ ...question, serviceTier: null, inferenceGeo: null });
      return outcome.kind === "priced" ? outcome.sheet.basis.priceDate : null;
    };
    expect(sinceOf("claude-opus-5-5", "2026-11-01")).toBe("2026-09-22");
    expect(sinceOf("claude-opus-5-5", "2026-11-01", "fast")).toBe("2026-10-15");
    expect(sinceOf("claude-sonnet-5-5", "2026-10-06")).toBe("2026-09-28");
    expect(sinceOf("claude-sonnet-5-5", "2026-10-07")).toBe("2026-10-07");
  });
});
