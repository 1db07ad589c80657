import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatUsd, instant, parseInstant, picoUsd } from "../../../base/index.ts";
import { compileCatalogue } from "../../../domain/catalogue/index.ts";
import type { ImportedExchange, ImportSource } from "../../../stores/contracts/index.ts";
import { type ImportTally, importCalls } from "./import-calls.ts";
import { callSource, type SourceSettings } from "./sources.ts";

const catalogue = compileCatalogue();
const versions = { purser: "0", config: "0", prices: catalogue.version, policy: "" };
const STANDARD: SourceSettings = {
  map: [],
  numbers: "plain",
  times: "zoned",
  model: null,
  start: null,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-importers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function read(
  source: ImportSource,
  settings: Partial<SourceSettings> = {},
  paths: readonly string[] = [folder],
): Promise<{ readonly tally: ImportTally; readonly exchanges: readonly ImportedExchange[] }> {
  const exchanges: ImportedExchange[] = [];
  const tally = await importCalls({
    ...callSource(source, { ...STANDARD, ...settings }),
    paths,
    pricing: { catalogue, versions, keySecret: "s" },
    add: async (exchange) => void exchanges.push(exchange),
    signal: new AbortController().signal,
  });
  return { tally, exchanges };
}

const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 300,
  cache_read_input_tokens: 1_000,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
  output_tokens: 50,
};

function answer(id: string, more: object = {}, usage: object = USAGE): string {
  return JSON.stringify({
    type: "assistant",
    timestamp: "2026-11-20T10:00:00.000Z",
    sessionId: "s1",
    cwd: "/srv/app",
    version: "2.1.330",
    requestId: `req_${id}`,
    uuid: `u-${id}`,
    message: { id: `msg_${id}`, model: "claude-opus-5-5", usage, stop_reason: "end_turn" },
    ...more,
  });
}

const total = ({ settled }: ImportedExchange): string =>
  formatUsd(settled.measured?.total ?? picoUsd(0n));

describe("importCalls, claude-code", () => {
  it("importCalls prices a transcript's line by its lifetimes, and keeps what it says of itself", async () => {
    file("p/a.jsonl", `${answer("1", { isSidechain: true, gitBranch: "main" })}\n`);
    const { exchanges, tally } = await read("claude-code");
    expect(tally).toMatchObject({ files: 1, records: 1, problemCount: 0 });
    const [one] = exchanges;
    if (one === undefined) throw new Error("nothing was read");
    // 10 at 4, 100 at 5, 200 at 8, 1000 at 0.2, 50 at 20 dollars a million.
    expect(total(one)).toBe("0.00334");
    expect(one.opened).toMatchObject({
      imported: { source: "claude-code" },
      attributes: {
        session: "s1",
        client: "claude-cli/2.1.330",
        tags: { project: "/srv/app", branch: "main", sidechain: "true" },
      },
    });
    expect(one.settled).toMatchObject({ messageId: "msg_1", requestId: "req_1" });
  });

  it("importCalls gives one id to all lines of an answer, and the last one the higher rank", async () => {
    const early = answer("1", {}, { ...USAGE, output_tokens: 1 });
    const late = answer("1", { timestamp: "2026-11-20T10:00:01.000Z", uuid: "u-2" });
    file("a.jsonl", `${early}\n${late}\n`);
    const { exchanges } = await read("claude-code");
    const [first, second] = exchanges.map(({ opened }) => opened);
    expect(first?.exchange).toBe(second?.exchange);
    expect(String(second?.imported?.rank) > String(first?.imported?.rank)).toBe(true);
  });

  it("importCalls reports a truncated transcript at its line, and reads the rest", async () => {
    const path = file("a.jsonl", `${answer("1")}\n${answer("2").slice(0, 60)}\n${answer("3")}`);
    const { tally, exchanges } = await read("claude-code");
    expect(exchanges).toHaveLength(2);
    expect(tally.problems).toEqual([
      {
        file: path,
        line: 2,
        what: "is cut off: it begins as a JSON object and does not end as one",
      },
    ]);
  });

  it.each([
    [
      "a negative count",
      answer("2", {}, { ...USAGE, input_tokens: -5 }),
      /usage.input_tokens is not/,
    ],
    ["a count in text", answer("2", {}, { ...USAGE, output_tokens: "50" }), /usage.output_tokens/],
    ["no usage", answer("2", { message: { id: "msg_2", model: "claude-opus-5-5" } }), /usage/],
    ["no model", answer("2", { message: { id: "msg_2", usage: USAGE } }), /model/],
    ["no time", answer("2", { timestamp: "yesterday" }), /time/],
  ])("importCalls refuses %s with a reason", async (_, line, what) => {
    file("a.jsonl", `${answer("1")}\n${line}\n`);
    const { tally, exchanges } = await read("claude-code");
    expect(exchanges).toHaveLength(1);
    expect(tally.problems[0]).toMatchObject({ line: 2, what: expect.stringMatching(what) });
  });

  it("importCalls leaves an unknown model unpriced with its usage, never at zero", async () => {
    file("a.jsonl", answer("1", { message: { id: "msg_1", model: "claude-new", usage: USAGE } }));
    const { tally, exchanges } = await read("claude-code");
    expect(tally.unpriced).toBe(1);
    expect(exchanges[0]?.settled).toMatchObject({
      measured: null,
      unbilledReason: "unpriced: unknown-model",
      unbilledUsage: { usage: { outputTokens: 50 } },
    });
  });

  it("importCalls reads any line ends, marks, wide encodings and compression alike", async () => {
    const lines = [answer("1"), answer("2", { cwd: "/a\u2028b" }), answer("3")];
    const mixed = `${lines[0]}\r\n${lines[1]}\r${lines[2]}\n`;
    const plain = lines.join("\n");
    const contents = {
      "mixed.jsonl": Buffer.from(mixed),
      "mark.jsonl": Buffer.from(`\ufeff${plain}`),
      "wide.jsonl": Buffer.from(`\ufeff${plain}`, "utf16le"),
      "packed.jsonl.gz": gzipSync(plain),
      "packed.jsonl.zst": zstdCompressSync(plain),
    };
    for (const [name, content] of Object.entries(contents)) {
      const { tally, exchanges } = await read("claude-code", {}, [file(name, content)]);
      expect([name, tally.problems, exchanges.length]).toEqual([name, [], 3]);
    }
  });

  it("importCalls tells of a line that is not UTF-8, and of compression that breaks off", async () => {
    const bad = Buffer.concat([Buffer.from(`${answer("1")}\n"`), Buffer.from([0xff, 0xfe, 0x0a])]);
    file("a.jsonl", Buffer.concat([bad, Buffer.from(answer("2"))]));
    file("b.jsonl.gz", gzipSync(`${answer("3")}\n`.repeat(2_000)).subarray(0, 200));
    const { tally, exchanges } = await read("claude-code");
    expect(tally.problems.map(({ what }) => what)).toEqual([
      "is not UTF-8",
      expect.stringMatching(/compression is damaged/),
    ]);
    expect(exchanges.length).toBeGreaterThanOrEqual(2);
  });

  it("importCalls follows links once, whatever loops they make, and names what it may not enter", async () => {
    file("real/a.jsonl", answer("1"));
    symlinkSync(folder, join(folder, "real", "loop"));
    symlinkSync(join(folder, "self"), join(folder, "self"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    const { tally, exchanges } = await read("claude-code");
    expect(exchanges).toHaveLength(1);
    expect(tally.problems.map(({ what }) => what).sort()).toEqual([
      "is a link that leads back to itself",
      "is not there",
    ]);
    await expect(read("claude-code", {}, [join(folder, "gone")])).rejects.toThrow(
      "IMPORT_PATH_UNREADABLE",
    );
  });
});

describe("importCalls, litellm", () => {
  const row = {
    request_id: "chatcmpl-1",
    call_type: "acompletion",
    api_key: "hash-1",
    spend: 0.0042,
    prompt_tokens: 1_000,
    completion_tokens: 100,
    startTime: "2026-11-20 10:00:00.123456",
    endTime: "2026-11-20 10:00:02",
    model: "claude-opus-5-5",
    end_user: "dana",
    metadata: {
      user_api_key_alias: "care",
      additional_usage_values: { cache_read_input_tokens: 900 },
    },
    request_tags: ["prod"],
  };

  it("importCalls takes cached tokens out of the prompt, and compares the spend", async () => {
    file(
      "a.json",
      JSON.stringify([row, { ...row, request_id: "chatcmpl-2", spend: 0.00258 }], null, 2),
    );
    const { tally, exchanges } = await read("litellm");
    // 100 at 4, 900 at 0.2, 100 at 20 dollars a million.
    expect(exchanges.map(total)).toEqual(["0.00258", "0.00258"]);
    expect(exchanges[0]?.opened.attributes).toMatchObject({
      user: "dana",
      tags: { key_alias: "care" },
    });
    expect(exchanges[0]?.opened.attributes.key).toMatch(/^key_/);
    expect(tally).toMatchObject({ compared: 2, differenceCount: 1 });
    expect(tally.differences[0]).toMatchObject({ line: 2, recordedPicoUsd: 4_200_000_000n });
  });

  it("importCalls reads the same rows from a table, where metadata is a text", async () => {
    const texts = { ...row, metadata: JSON.stringify(row.metadata), request_tags: '["prod"]' };
    const quoted = Object.values(texts).map((value) => `"${String(value).replaceAll('"', '""')}"`);
    file("a.csv", `${Object.keys(texts).join(",")}\r\n${quoted.join(",")}\r\n`);
    const { exchanges, tally } = await read("litellm");
    expect(tally.problems).toEqual([]);
    expect(exchanges.map(total)).toEqual(["0.00258"]);
  });

  it("importCalls counts neither failures nor answers from LiteLLM's own cache", async () => {
    const failed = { ...row, metadata: { status: "failure" } };
    file(
      "a.jsonl",
      [failed, { ...row, cache_hit: "True" }].map((one) => JSON.stringify(one)).join("\n"),
    );
    const { exchanges, tally } = await read("litellm");
    expect(exchanges).toEqual([]);
    expect([...tally.noCalls.keys()].sort()).toEqual([
      "a call that failed",
      "an answer from LiteLLM's own cache",
    ]);
  });
});

describe("importCalls, otel", () => {
  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  });
  const span = (id: string, attributes: Record<string, string | number>) => ({
    traceId: "t",
    spanId: id,
    startTimeUnixNano: "1795168800000000000",
    endTimeUnixNano: "1795168801000000000",
    attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });
  const documentOf = (...spans: object[]) => ({
    resourceSpans: [
      {
        resource: { attributes: [attribute("service.name", "shop")] },
        scopeSpans: [{ spans }],
      },
    ],
  });
  const present = span("1", {
    "gen_ai.operation.name": "chat",
    "gen_ai.response.model": "claude-opus-5-5",
    "gen_ai.response.id": "msg_9",
    "gen_ai.usage.input_tokens": 1_000,
    "gen_ai.usage.output_tokens": 100,
    "gen_ai.usage.cache_read.input_tokens": 900,
  });
  const before = span("2", {
    "gen_ai.request.model": "claude-opus-5-5",
    "gen_ai.usage.prompt_tokens": 100,
    "gen_ai.usage.completion_tokens": 100,
    "gen_ai.usage.cache_read_input_tokens": 900,
  });
  const sum = span("3", {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.usage.input_tokens": 5_000,
    "gen_ai.usage.output_tokens": 5_000,
  });

  it.each([
    ["one document over many lines", JSON.stringify(documentOf(present, before, sum), null, 2)],
    [
      "a document a line",
      [present, before, sum].map((one) => JSON.stringify(documentOf(one))).join("\n"),
    ],
  ])("importCalls reads %s, by present and earlier names, and no agent's sum", async (_, text) => {
    file("spans.json", text);
    const { exchanges, tally } = await read("otel");
    expect(exchanges.map(total)).toEqual(["0.00258", "0.00258"]);
    expect(exchanges[0]?.settled.messageId).toBe("msg_9");
    expect(exchanges[0]?.opened.attributes.client).toBe("shop");
    expect([...tally.noCalls.keys()]).toEqual(["a span of the operation invoke_agent"]);
  });

  it("importCalls tells where a document that is cut off began", async () => {
    file("spans.json", JSON.stringify(documentOf(present), null, 2).slice(0, -40));
    const { tally } = await read("otel");
    expect(tally.problems[0]).toMatchObject({
      line: 1,
      what: expect.stringMatching(/cut off at line/),
    });
  });
});

describe("importCalls, csv", () => {
  const map = ["when=at", "model=model", "in=input_tokens", "out=output_tokens", "cost=usd"];
  const header = "when;model;in;out;cost\n";

  it("importCalls counts equal rows without a name as calls of their own, and knows them again", async () => {
    const row = "2026-11-20T10:00:00Z;claude-opus-5-5;1000;100;0.006\n";
    file("a.csv", header + row + row);
    const [first, again] = [await read("csv", { map }), await read("csv", { map })];
    const ids = first.exchanges.map(({ opened }) => opened.exchange);
    expect(new Set(ids).size).toBe(2);
    expect(again.exchanges.map(({ opened }) => opened.exchange)).toEqual(ids);
    expect(first.tally).toMatchObject({ compared: 2, differenceCount: 0 });
  });

  it.each([
    ["2026-11-20T10:00:00Z;claude-opus-5-5;1.000;100;", /can be read in two ways/],
    ["2026-11-20T10:00:00Z;claude-opus-5-5;1,5;100;", /can be read in two ways/],
    ["2026-11-20T10:00:00Z;claude-opus-5-5;1E+05;100;", /rounded by a spreadsheet/],
    ["2026-11-20T10:00:00Z;claude-opus-5-5;-4;100;", /is negative/],
    ["2026-11-20T10:00:00Z;claude-opus-5-5;;100;", /input_tokens is empty/],
    ["2026-11-20T10:00:00Z;claude-opus-5-5;10;100;0,5", /no amount in dollars/],
    ["2026-11-20 10:00:00;claude-opus-5-5;10;100;", /--times utc/],
    ["46346,4;claude-opus-5-5;10;100;", /day number/],
    ["2026-11-20T10:00:00Z;claude-opus-5-5;10", /has 3 fields where the header has 5/],
  ])("importCalls refuses the row %s with a reason", async (row, what) => {
    file("a.csv", `${header}2026-11-20T10:00:00Z;claude-opus-5-5;10;10;\n${row}\n`);
    const { tally, exchanges } = await read("csv", { map });
    expect(exchanges).toHaveLength(1);
    expect(tally.problems[0]).toMatchObject({ line: 3, what: expect.stringMatching(what) });
  });

  it("importCalls reads decimal commas and times without a zone where a setting says so", async () => {
    file("a.csv", `${header}2026-11-20 10:00:00;claude-opus-5-5;1.000;100;0,006\n`);
    const { tally, exchanges } = await read("csv", { map, numbers: "european", times: "utc" });
    expect(tally).toMatchObject({ problemCount: 0, compared: 1, differenceCount: 0 });
    expect(exchanges[0]?.opened.at).toBe(parseInstant("2026-11-20T10:00:00Z"));
  });

  it("importCalls takes a mapping from a YAML file, and refuses one that says too little", async () => {
    const yaml = file("map.yaml", "when: at\nmodel: model\nin: input_tokens\nout: output_tokens\n");
    const path = file("a.csv", `${header}2026-11-20T10:00:00Z;claude-opus-5-5;10;10;\n`);
    expect((await read("csv", { map: [yaml] }, [path])).exchanges).toHaveLength(1);
    await expect(read("csv", { map: ["in=inptu_tokens"] })).rejects.toThrow("input_tokens");
    await expect(read("csv", { map: ["in=input_tokens"] })).rejects.toThrow(
      "IMPORT_MAPPING_INVALID",
    );
  });
});

describe("importCalls, trace", () => {
  const start = parseInstant("2026-11-20T00:00:00Z") ?? instant(0);

  it("importCalls takes a trace's requests for estimates, apart from what was measured", async () => {
    file("m.jsonl", '{"timestamp":1000,"input_length":1000,"output_length":100,"hash_ids":[0]}\n');
    file("a.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n");
    file(
      "c.jsonl",
      '{"id":"t1","block_size":64,"requests":[{"t":2,"model":"claude-opus-5-5","in":10,"out":5}]}',
    );
    const { exchanges, tally } = await read("trace", { model: "claude-opus-5-5", start });
    expect(tally.problems).toEqual([]);
    expect(exchanges.map(({ settled }) => [settled.measured, settled.estimated?.total])).toEqual([
      [null, 19_432_000_000n],
      [null, 140_000_000n],
      [null, 6_000_000_000n],
    ]);
    const refused = await read("trace");
    expect(refused.tally.problems.map(({ what }) => what)).toEqual([
      "the trace names no model",
      "a request without a time",
      "a request without a time",
    ]);
  });
});
