import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createBatchRequestsScanner,
  createLineSplitter,
  findResultsUrl,
  readBatchItem,
  readBatchObject,
  readResultLine,
} from "./index.ts";

const LIMITS = { itemBytesMax: 1_000_000 };

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function scan(bytes: Buffer, sizes: readonly number[] = []) {
  const scanner = createBatchRequestsScanner(LIMITS);
  const items = cut(bytes, sizes).flatMap((piece) => [...scanner.feed(piece)]);
  return { items: items.map((item) => JSON.parse(item.toString())), end: scanner.end() };
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe("createBatchRequestsScanner", () => {
  test("createBatchRequestsScanner finds every request, whatever is around it and however it is cut", () => {
    const item = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    const other = fc.dictionary(
      fc.string().filter((key) => key !== "requests" && !JSON.stringify(key).includes("\\")),
      fc.jsonValue({ maxDepth: 3 }),
    );
    fc.assert(
      fc.property(fc.array(item), other, other, sizes, fc.boolean(), (items, a, b, by, wide) => {
        const body = { ...a, requests: items, ...b };
        const text = JSON.stringify(body, null, wide ? 2 : undefined);
        const found = scan(Buffer.from(text), by);
        expect(found.end).toEqual({ kind: "whole" });
        expect(found.items).toEqual(JSON.parse(JSON.stringify(items)));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['{"requests":[{"a":1}', "it ends before its end"],
    ['{"other":[{"a":1}]}', "it has no list of requests"],
    ['{"x":{"requests":[{"a":1}]}}', "it has no list of requests"],
    ['[{"requests":[]}]', "it is not one JSON object"],
    ['{"requests":[]}{"requests":[]}', "it is not one JSON object"],
    ['{"requests":[],"requests":[]}', "it has two lists of requests"],
    ['{"req\\u0075ests":[{"a":1}]}', "a key of it is escaped"],
    ["", "it ends before its end"],
  ])("createBatchRequestsScanner says why %s is no batch", (text, reason) => {
    expect(scan(Buffer.from(text)).end).toEqual({ kind: "unreadable", reason });
  });

  test("createBatchRequestsScanner gives up a request that is too long, and holds none of it", () => {
    const scanner = createBatchRequestsScanner({ itemBytesMax: 10 });
    scanner.feed(Buffer.from('{"requests":[{"params":"'));
    scanner.feed(Buffer.from("x".repeat(20)));
    expect(scanner.feed(Buffer.from('"}]}'))).toEqual([]);
    expect(scanner.end()).toMatchObject({ kind: "unreadable" });
  });
});

describe("createLineSplitter", () => {
  test("createLineSplitter gives the same lines however the bytes are cut", () => {
    const lines = fc.array(fc.string({ minLength: 1 }).filter((line) => !/[\n\r]/.test(line)));
    fc.assert(
      fc.property(lines, sizes, fc.constantFrom("\n", "\r\n"), (wanted, by, end) => {
        const splitter = createLineSplitter(10_000);
        const bytes = Buffer.from(wanted.join(end));
        const found = cut(bytes, by).flatMap((piece) => [...splitter.feed(piece)]);
        const last = splitter.end();
        const all = last === undefined ? found : [...found, last];
        expect(all.map((line) => line?.toString())).toEqual(wanted);
      }),
    );
  });

  test("createLineSplitter says that a line is too long and goes on with the next", () => {
    const splitter = createLineSplitter(4);
    const found = [
      ...splitter.feed(Buffer.from("toolong\nok\nto")),
      ...splitter.feed(Buffer.from("olong\n")),
    ];
    expect(found.map((line) => line?.toString() ?? null)).toEqual([null, "ok", null]);
  });
});

describe("readBatchItem", () => {
  test("readBatchItem reads a request, and says what is wrong with another", () => {
    const read = (value: unknown) => readBatchItem(Buffer.from(JSON.stringify(value)));
    expect(read({ custom_id: "a", params: { model: "m" } })).toEqual({
      kind: "item",
      customId: "a",
      params: { model: "m" },
    });
    for (const bad of [{ params: {} }, { custom_id: "a b", params: {} }, { custom_id: "a" }, 4]) {
      expect(read(bad).kind).toBe("unreadable");
    }
  });
});

describe("readBatchObject", () => {
  test("readBatchObject reads what the API shows and refuses an unknown status", () => {
    const batch = {
      ...{ id: "msgbatch_1", type: "message_batch", processing_status: "ended" },
      request_counts: { processing: 0, succeeded: 3, errored: 1, canceled: 0, expired: 0 },
      ...{ created_at: "2026-11-22T00:00:00Z", expires_at: "x", ended_at: "y", results_url: null },
    };
    expect(readBatchObject(batch)).toMatchObject({ status: "ended", counts: { succeeded: 3 } });
    expect(readBatchObject({ ...batch, processing_status: "new" }).kind).toBe("unreadable");
    expect(readBatchObject({ type: "message" }).kind).toBe("unreadable");
  });
});

describe("readResultLine", () => {
  test.each([
    [{ type: "succeeded", message: { id: "msg" } }, "succeeded"],
    [{ type: "errored", error: { type: "error", error: { type: "api_error" } } }, "errored"],
    [{ type: "canceled" }, "canceled"],
    [{ type: "expired" }, "expired"],
  ])("readResultLine reads %j", (result, kind) => {
    const line = Buffer.from(JSON.stringify({ custom_id: "a", result }));
    expect(readResultLine(line)).toMatchObject({ customId: "a", end: { kind } });
  });

  test.each(["", "x", "{}", '{"custom_id":"a"}', '{"custom_id":"a","result":{"type":"new"}}'])(
    "readResultLine says that %s cannot be read",
    (line) => expect(readResultLine(Buffer.from(line)).kind).toBe("unreadable"),
  );
});

describe("findResultsUrl", () => {
  test("findResultsUrl finds the host of each URL and nothing else", () => {
    const url = "https://api.anthropic.com/v1/messages/batches/msgbatch_1/results";
    const body = Buffer.from(`{"data":[{"results_url" : "${url}"},{"results_url":null}]}`);
    const places = findResultsUrl(body);
    expect(places.map(({ start, end }) => body.subarray(start, end).toString())).toEqual([
      "https://api.anthropic.com",
    ]);
    expect(findResultsUrl(Buffer.from('{"results_url":"https://x.example/other"}'))).toEqual([]);
  });
});
