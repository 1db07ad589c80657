import { randomFillSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instant } from "../../base/index.ts";
import { computeBill } from "../../domain/billing/index.ts";
import { compileCatalogue } from "../../domain/catalogue/index.ts";
import { readUsage } from "../../wire/messages/index.ts";
import { openExchange, readRequest } from "./open-exchange.ts";

const catalogue = compileCatalogue();
const AT = instant(Date.UTC(2026, 10, 22));
const VERSIONS = { purser: "t", config: "t", prices: "t", policy: "t" };
const NOBODY = {
  key: null,
  user: null,
  userType: null,
  team: null,
  endpoint: null,
  session: null,
  tags: {},
  client: null,
};

function open(request: object, addedLifetime: "5m" | "1h" | null = null) {
  const body = Buffer.from(JSON.stringify(request));
  const version = { apiVersion: "2026-10-21", betas: [] };
  return openExchange(
    {
      at: AT,
      call: null,
      path: "/v1/messages",
      request: readRequest(body, version),
      requestBytes: body.length,
      version,
      attributes: NOBODY,
      prompt: null,
      decisions: [],
      arm: null,
      addedLifetime,
    },
    {
      catalogue,
      versions: VERSIONS,
      fillRandom: (bytes) => void randomFillSync(bytes),
      prompts: { breakOf: () => null },
    },
  );
}

const MODELS = ["claude-opus-5-5", "claude-haiku-5-5", "claude-haiku-4-5", "claude-sonnet-5-5"];

describe("openExchange", () => {
  test("openExchange's worst case is never below the bill of an answer within its bounds", () => {
    const usageOf = fc.record({
      model: fc.constantFrom(...MODELS),
      words: fc.integer({ min: 1, max: 40_000 }),
      marked: fc.constantFrom(null, "5m" as const, "1h" as const),
      byPurser: fc.boolean(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      maxTokens: fc.integer({ min: 1, max: 64_000 }),
      geo: fc.constantFrom("global", "us", "not_available"),
    });
    fc.assert(
      fc.property(usageOf, ({ model, words, marked, byPurser, share, maxTokens, geo }) => {
        const text = "word ".repeat(words);
        const mark =
          marked === null || byPurser ? {} : { cache_control: { type: "ephemeral", ttl: marked } };
        const content = [{ type: "text", text, ...mark }];
        const request = { model, max_tokens: maxTokens, messages: [{ role: "user", content }] };
        const opened = open(request, byPurser ? marked : null);
        const written = marked === null ? 0 : Math.floor(words * share);
        const usage = readUsage({
          input_tokens: words - written,
          cache_creation_input_tokens: written,
          cache_creation: {
            ephemeral_5m_input_tokens: marked === "5m" ? written : 0,
            ephemeral_1h_input_tokens: marked === "1h" ? written : 0,
          },
          output_tokens: maxTokens,
          inference_geo: geo,
        });
        if (usage.kind !== "usage") throw new Error(usage.reason);
        const bill = computeBill({ catalogue, model, at: AT, usage: usage.usage });
        if (bill.kind !== "billed") return;
        expect(opened.worstCase.amount).toBeGreaterThanOrEqual(bill.bill.total);
      }),
      { numRuns: 60 },
    );
  });

  test("openExchange gives no worst case to a call without a bound, or of an unknown model", () => {
    const call = { max_tokens: 10, messages: [{ role: "user", content: "hi" }] };
    expect(open({ ...call, model: "claude-opus-9" }).worstCase.amount).toBeNull();
    const tools = [{ type: "web_search_20260209", name: "web_search" }];
    const searched = open({ ...call, model: "claude-opus-5-5", tools });
    expect(searched.worstCase).toMatchObject({ outputTokens: null, amount: null });
  });
});
