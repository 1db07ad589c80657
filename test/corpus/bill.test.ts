import { describe, expect, test } from "vitest";
import { type Instant, instant } from "../../src/base/index.ts";
import { type BillOutcome, computeBill } from "../../src/domain/billing/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import {
  createMessageStreamReader,
  type MessageView,
  readMessage,
} from "../../src/wire/messages/index.ts";
import { createSseParser } from "../../src/wire/sse/index.ts";
import { billByHand } from "./bill-by-hand.ts";
import { plainUsage, streamByHand } from "./usage-by-hand.ts";
import {
  type Body,
  bodyOf,
  countReasons,
  NO_RECORDINGS,
  type Row,
  readRows,
} from "./usage-recordings.ts";

const rows = NO_RECORDINGS === null ? readRows() : [];
const catalogue = compileCatalogue();

type Billed = {
  readonly row: Row;
  readonly view: MessageView;
  readonly outcome: BillOutcome;
  readonly hand: number | null;
};

/** Every answer with a usage of the Messages API, whoever served it. */
const billed: readonly Billed[] = rows.flatMap((row) => {
  const body = bodyOf(row);
  const view = viewOf(body);
  if (view === null || view.usage.kind !== "usage" || view.reported === null) return [];
  if (!("input_tokens" in view.reported)) return [];
  const model = view.model ?? modelInUrl(row.url) ?? row.response_model ?? "";
  const outcome = computeBill({
    catalogue,
    model,
    at: momentOf(row, model),
    usage: view.usage.usage,
    stopReason: view.stopReason,
    stopCategory: view.stopCategory,
    producedOutput: view.contentBlocks > 0,
    httpStatus: row.status,
  });
  return [{ row, view, outcome, hand: handOf(body, model) }];
});

function viewOf(body: Body): MessageView | null {
  if (body.kind === "none") return null;
  if (body.kind === "json") {
    const reading = readMessage(body.value);
    return reading.kind === "message" ? reading : null;
  }
  const parser = createSseParser();
  const reader = createMessageStreamReader();
  for (const event of parser.feed(body.bytes)) reader.accept(event);
  const last = parser.end();
  if (last !== null) reader.accept(last);
  return reader.view();
}

function handOf(body: Body, model: string): number | null {
  if (body.kind === "none") return null;
  if (body.kind === "stream") {
    const read = streamByHand(body.bytes.toString("utf8"));
    return billByHand(plainUsage(read.model ?? model, read.usage));
  }
  const { usage } = body.value as { readonly usage: Record<string, unknown> };
  return billByHand(plainUsage(model, usage));
}

/** Some recorders run under a frozen clock, before the model was there: then its first day counts. */
function momentOf(row: Row, model: string): Instant {
  const headers = row.response_headers ?? {};
  const said = Date.parse(headers.date ?? headers.Date ?? "2026-11-22");
  const resolved = catalogue.resolve(model);
  const first = resolved.kind === "known" ? (resolved.facts.prices[0]?.from ?? 0) : 0;
  return instant(Math.max(said, first));
}

function modelInUrl(url: string): string | null {
  const name = /\/model\/([^/]+)\//.exec(url)?.[1];
  return name === undefined ? null : decodeURIComponent(name);
}

describe.skipIf(NO_RECORDINGS !== null)(`recorded bills (skipped: ${NO_RECORDINGS})`, () => {
  test("computeBill bills every recorded answer, or says why it cannot", () => {
    const outcomes = billed.map(({ row, outcome }) => {
      const route = row.route === "anthropic" ? "direct" : "elsewhere";
      if (outcome.kind === "billed") return `${route}: billed`;
      if (outcome.kind === "not-billed") return `${route}: not billed, ${outcome.reason}`;
      return `${route}: unpriced, ${outcome.message}`;
    });
    expect(countReasons(outcomes)).toMatchInlineSnapshot(`
      {
        "direct: billed": 1893,
        "direct: not billed, refused before any output (category: cyber)": 2,
        "direct: not billed, refused before any output (category: none given)": 1,
        "direct: unpriced, inference_geo "<GOOGLE_CLOUD_LOCATION>" has no known price": 2,
        "elsewhere: billed": 270,
      }
    `);
  });

  test("computeBill comes to what a second reckoning with its own price table comes to", () => {
    const differing = billed.filter(({ outcome, hand }) => {
      if (outcome.kind !== "billed") return false;
      return hand === null || outcome.bill.total !== BigInt(Math.round(hand));
    });
    expect(differing.map(({ row }) => row.id)).toEqual([]);
  });

  test("lines sum to the total, and prompt classes to the prompt, on every recorded answer", () => {
    for (const { outcome, view } of billed) {
      if (outcome.kind !== "billed" || view.usage.kind !== "usage") continue;
      const { lines, total } = outcome.bill;
      expect(lines.reduce((sum, line) => sum + line.amount, 0n)).toBe(total);
      for (const line of lines) {
        if (line.kind === "tokens") expect(BigInt(line.tokens) * line.price).toBe(line.amount);
      }
      if (view.usage.usage.iterations !== null) continue;
      const { reported } = view as { readonly reported: Record<string, number> };
      const inputs = lines.filter((line) => line.kind === "tokens" && line.item !== "output");
      const prompt =
        (reported.input_tokens ?? 0) +
        (reported.cache_creation_input_tokens ?? 0) +
        (reported.cache_read_input_tokens ?? 0);
      expect(inputs.reduce((sum, line) => sum + (line as { tokens: number }).tokens, 0)).toBe(
        prompt,
      );
    }
  });
});
