/**
 * Every recorded exchange on the Anthropic path, served by a real HTTP server through the gateway with
 * its real ledger, framed, compressed and cut at random. It must reach the client byte for byte, and
 * stand in the ledger with the usage and the bill that its own recording has.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/index.ts";
import { computeBill } from "../../src/domain/billing/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import type { Exchange } from "../../src/stores/contracts/index.ts";
import { openLedgerReader } from "../../src/stores/ledger/index.ts";
import { billByHand } from "./bill-by-hand.ts";
import { type GatewayBed, postMessages, type RawAnswer, sendRaw, startBed } from "./gateway-bed.ts";
import { type Replay, replayOf, writeReplay } from "./gateway-replay.ts";
import { plainUsage, streamByHand } from "./usage-by-hand.ts";
import { bodyOf, countReasons, NO_RECORDINGS, type Row, readRows } from "./usage-recordings.ts";

const SEED = 20_261_122;
const AT_ONCE = 16;

type Passage = {
  readonly row: Row;
  readonly path: string;
  readonly replay: Replay;
  readonly sent: Buffer;
  answer: RawAnswer | null;
  upstreamHead: string;
  upstreamBody: Buffer;
};

/** Where the client asks; `null` for what the gateway does not serve. */
function pathOf(row: Row): string | null {
  return /\/v1\/[^\s]*$/.exec(row.url)?.[0] ?? null;
}

function requestOf(row: Row, path: string): Buffer {
  const method = ((row as Row & { readonly method: string | null }).method ?? "POST").toUpperCase();
  const headers = [
    "X-Api-Key: sk-ant-recorded",
    "Anthropic-Version: 2023-06-01",
    "X-Kept: one",
    "x-kept: two",
    `x-purser-session: ${row.id}`,
  ];
  const post = postMessages(row.request_body ?? "", headers, path);
  return method === "POST"
    ? post
    : Buffer.from(post.toString("latin1").replace(/^POST/, method), "latin1");
}

const rows = (NO_RECORDINGS === null ? readRows() : []).filter((row) => row.route === "anthropic");
const served = rows.filter((row) => pathOf(row) !== null);
const passages = new Map<string, Passage>();
let bed: GatewayBed;
let ledger: ReadonlyMap<string, Exchange>;

async function carry(passage: Passage): Promise<void> {
  passage.answer = await sendRaw(bed.gateway.port, passage.sent);
}

beforeAll(async () => {
  if (NO_RECORDINGS !== null) return;
  const random = seededRandom(SEED);
  for (const row of served) {
    const path = pathOf(row) ?? "";
    const replay = replayOf(row, random);
    passages.set(row.id, {
      row,
      path,
      replay,
      sent: requestOf(row, path),
      answer: null,
      upstreamHead: "",
      upstreamBody: Buffer.alloc(0),
    });
  }
  // The row's id reaches the upstream in a header that passes; the label of the same name does not.
  bed = await startBed({
    script: async ({ head, body, socket }) => {
      const passage = passages.get(/^x-row: (.*)\r$/im.exec(head)?.[1] ?? "");
      if (passage === undefined) throw new Error(`unknown row in ${head}`);
      passage.upstreamHead = head;
      passage.upstreamBody = Buffer.from(body);
      await writeReplay(socket, passage.replay, random);
    },
  });
  for (const passage of passages.values()) {
    const marked = passage.sent
      .toString("latin1")
      .replace("\r\n", `\r\nX-Row: ${passage.row.id}\r\n`);
    (passage as { sent: Buffer }).sent = Buffer.from(marked, "latin1");
  }
  const queue = [...passages.values()];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await carry(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const metered = served.filter((row) => row.kind === "messages").length;
  await bed.untilSettled(metered);
  const reader = await openLedgerReader({ directory: bed.directory });
  const exchanges = await reader.exchanges({ since: null, until: null, limit: 10_000 });
  ledger = new Map(exchanges.map((entry) => [entry.opened.attributes.session ?? "", entry]));
  await reader.close();
}, 120_000);

afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

describe.skipIf(NO_RECORDINGS !== null)(`the gateway (skipped: ${NO_RECORDINGS})`, () => {
  test("the gateway is given every recording on the Anthropic path but those outside /v1/", () => {
    expect(countReasons(rows.filter((row) => pathOf(row) === null).map((row) => row.url))).toEqual({
      "https://api.anthropic.com/api/hello": 1,
    });
    expect(passages.size).toBeGreaterThan(1_900);
  });

  test("the gateway passes status, header lines and body of every answer untouched", () => {
    for (const { row, replay, answer } of passages.values()) {
      if (answer === null) throw new Error(`${row.id} got no answer`);
      const framing = replay.framing === "length" ? ["Content-Length"] : [];
      expect(answer.whole, row.id).toBe(true);
      expect(answer.status, row.id).toBe(replay.status);
      expect(answer.statusText, row.id).toBe("Recorded");
      expect(
        answer.lines.filter(([name]) => !isHop(name)),
        row.id,
      ).toEqual([...replay.lines, ...framing.map((name) => [name, String(replay.body.length)])]);
      expect(answer.body.equals(replay.body), row.id).toBe(true);
    }
  });

  test("the gateway passes every request untouched but for Host, the length's place and its own labels", () => {
    for (const { row, sent, upstreamHead, upstreamBody } of passages.values()) {
      const end = sent.indexOf("\r\n\r\n");
      expect(upstreamBody.equals(sent.subarray(end + 4)), row.id).toBe(true);
      const [first, ...lines] = sent.subarray(0, end).toString("latin1").split("\r\n");
      const [upstreamFirst, ...upstreamLines] = upstreamHead.trimEnd().split("\r\n");
      expect(upstreamFirst, row.id).toBe(first);
      expect(upstreamLines.filter(isEndToEnd), row.id).toEqual(
        lines.filter((line) => isEndToEnd(line) && !/^x-purser-/i.test(line)),
      );
    }
  });

  test("the gateway records the usage that every recording reports, and its exact bill", () => {
    const catalogue = compileCatalogue();
    const outcomes: string[] = [];
    for (const { row } of passages.values()) {
      if (row.kind !== "messages") continue;
      const exchange = ledger.get(row.id);
      if (exchange === undefined || exchange.settled === null)
        throw new Error(`${row.id} is missing`);
      outcomes.push(judge(row, exchange, catalogue));
    }
    expect(countReasons(outcomes)).toMatchInlineSnapshot(`
      {
        "completed, billed": 1887,
        "completed, not-billed: refused before any output (category: cyber)": 2,
        "completed, not-billed: refused before any output (category: none given)": 1,
        "completed, not-reported": 18,
        "completed, unpriced: unknown-inference-geo": 2,
        "several answers recorded as one": 7,
        "stream-error, not-billed: the provider ended the stream with an error": 1,
        "upstream-error, not-billed: the provider answered 400": 6,
        "upstream-error, not-billed: the provider answered 401": 11,
        "upstream-error, not-billed: the provider answered 404": 25,
        "upstream-error, not-billed: the provider answered 500": 1,
      }
    `);
  });

  test("the gateway opens nothing for paths that are not Messages calls", () => {
    const others = [...passages.values()].filter(({ row }) => row.kind !== "messages");
    expect(others.length).toBeGreaterThan(50);
    expect(others.filter(({ row }) => ledger.has(row.id))).toEqual([]);
  });
});

function isHop(name: string): boolean {
  return /^(connection|keep-alive|transfer-encoding)$/i.test(name);
}

function isEndToEnd(line: string): boolean {
  return !/^(host|connection|content-length):/i.test(line);
}

/** Throws where ledger and recording differ; else says what kind of exchange it was. */
function judge(
  row: Row,
  exchange: Exchange,
  catalogue: ReturnType<typeof compileCatalogue>,
): string {
  const { opened, settled } = exchange;
  if (settled === null) throw new Error("not settled");
  const body = bodyOf(row);
  const said =
    body.kind === "stream"
      ? streamByHand(body.bytes.toString("utf8"))
      : body.kind === "json"
        ? messageByHand(body.value)
        : { model: null, usage: {} };
  if (Object.keys(said.usage).length === 0 || (row.status ?? 200) >= 400) {
    expect(settled.measured, row.id).toBeNull();
    return `${settled.outcome}, ${settled.unbilledReason}`;
  }
  const usage = settled.measured?.usage ?? settled.unbilledUsage?.usage;
  if (messagesIn(row) > 1) return "several answers recorded as one";
  const hand = plainUsage(said.model, said.usage);
  expect(usage, row.id).toMatchObject({
    inputTokens: hand.input,
    cacheWrite5mTokens: hand.write5m,
    cacheWrite1hTokens: hand.write1h,
    cacheReadTokens: hand.read,
    outputTokens: hand.output,
    webSearchRequests: hand.searches,
  });
  expect(settled.modelServed, row.id).toBe(said.model);
  if (settled.measured === null || usage === undefined)
    return `${settled.outcome}, ${settled.unbilledReason}`;
  const { measured } = settled;
  expect(measured.final, row.id).toBe(true);
  const again = computeBill({ catalogue, at: opened.at, model: said.model ?? "", usage });
  expect(again.kind === "billed" ? again.bill.total : null, row.id).toBe(measured.total);
  expect(
    measured.lines.reduce((sum, line) => sum + line.amount, 0n),
    row.id,
  ).toBe(measured.total);
  expect(Number(measured.total), row.id).toBe(billByHand(hand));
  return `${settled.outcome}, billed`;
}

function messagesIn(row: Row): number {
  return (row.response_body ?? "").split('"type":"message_start"').length - 1;
}

function messageByHand(value: unknown): { model: string | null; usage: Record<string, unknown> } {
  const message = value as { type?: string; model?: string; usage?: Record<string, unknown> };
  return message.type === "message" || message.type === undefined
    ? { model: message.model ?? null, usage: message.usage ?? {} }
    : { model: null, usage: {} };
}
