import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PurserError } from "../../../base/index.ts";
import { placeKindOf, type Workload } from "../../../domain/prompt-cache/index.ts";
import { readTrace } from "./index.ts";

const call = (t: number, hashes: number, from: number, more: object = {}) => ({
  t,
  type: "n",
  model: "claude-opus-4-5-20251101",
  in: (hashes + 1) * 64,
  out: 128,
  hash_ids: Array.from({ length: hashes }, (_, index) =>
    index < from ? index : index + 1000 * from,
  ),
  input_types: ["tool_result"],
  stop: "tool_use",
  api_time: 3,
  think_time: 1,
  ...more,
});

const CONVERSATION = {
  id: "one",
  block_size: 64,
  tool_tokens: 640,
  system_tokens: 320,
  requests: [
    call(0, 20, 0),
    call(10, 30, 20),
    {
      t: 11,
      type: "subagent",
      agent_id: "a",
      tool_tokens: 0,
      system_tokens: 0,
      requests: [call(2, 5, 0, { model: "claude-haiku-4-5" })],
    },
    call(60, 40, 12, { stop: "end_turn" }),
  ],
};
const CHAT = [
  { timestamp: 0, input_length: 1_500, output_length: 60, hash_ids: [0, 1, 2] },
  { timestamp: 5_000, input_length: 2_000, output_length: 60, hash_ids: [0, 1, 7, 8] },
];
const AZURE =
  "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-traces-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(content: string | Buffer): Promise<Workload> {
  const path = join(folder, "trace");
  writeFileSync(path, content);
  return readTrace(path);
}

function pathOf({ tree }: Workload, leaf: number): string[] {
  const path: string[] = [];
  for (let node = leaf; node >= 0; node = tree.parent[node] ?? -1) {
    path.unshift(`${placeKindOf(tree, node)} ${(tree.tokens[node] ?? 0) / 64}`);
  }
  return path;
}

describe("readTrace", () => {
  test("readTrace cuts a conversation where tools, system, answers and turns end", async () => {
    const workload = await read(JSON.stringify(CONVERSATION));
    const [first, second] = workload.requests;
    expect(pathOf(workload, second?.leaf ?? -1)).toEqual([
      "tools 10",
      "system 2",
      "system 3",
      "tool_result 5",
      "assistant 2",
      "tool_result 8",
    ]);
    expect(first?.ending).toBe("tool_use");
    expect(first?.responseBeginMs).toBe(3_000);
    expect(second?.tailTokens).toBe(64);
  });

  test("readTrace lets no earlier request mark a place that only a later one showed", async () => {
    const workload = await read(JSON.stringify(CONVERSATION));
    const { tree } = workload;
    const split = [...tree.firstSeenBy.keys()].find(
      (node) => placeKindOf(tree, node) === "system" && tree.tokens[node] === 128,
    );
    expect(tree.firstSeenBy[split ?? -1]).toBe(3);
  });

  test("readTrace puts sub-agents where they ran, and shares nothing between models", async () => {
    const workload = await read(JSON.stringify(CONVERSATION));
    expect(workload.requests.map(({ startMs, agent }) => [startMs, agent])).toEqual([
      [0, null],
      [10_000, null],
      [13_000, "a"],
      [60_000, null],
    ]);
    expect(pathOf(workload, workload.requests[2]?.leaf ?? -1)).toEqual(["tool_result 5"]);
  });

  test("readTrace shares chat prefixes between users, and leaves out the unshared end", async () => {
    const workload = await read(CHAT.map((row) => JSON.stringify(row)).join("\n"));
    expect(workload.requests.map(({ tailTokens }) => tailTokens)).toEqual([
      1500 - 1024,
      2000 - 1536,
    ]);
    const [first, second] = workload.requests.map(({ leaf }) => leaf);
    expect(workload.tree.parent[second ?? -1]).toBe(first);
  });

  test("readTrace takes traffic without content as prompts that share nothing", async () => {
    const workload = await read(AZURE);
    expect([...workload.tree.parent]).toEqual([-1, -1]);
    expect(
      workload.requests.map(({ startMs }) => startMs - (workload.requests[0]?.startMs ?? 0)),
    ).toEqual([0, 52]);
  });

  test("readTrace reads the same from a compressed file", async () => {
    const plain = await read(JSON.stringify(CONVERSATION));
    expect(await read(gzipSync(JSON.stringify(CONVERSATION)))).toEqual(plain);
    expect(await read(zstdCompressSync(JSON.stringify(CONVERSATION)))).toEqual(plain);
  });

  test("readTrace names what it cannot read", async () => {
    const code = (content: string) =>
      read(content).then(
        () => "read",
        (error: unknown) => (error instanceof PurserError ? error.code : error),
      );
    expect(await code("name,value\n")).toBe("TRACE_FORMAT_UNKNOWN");
    expect(await code('{"other": 1}')).toBe("TRACE_FORMAT_UNKNOWN");
    expect(await code("")).toBe("TRACE_FORMAT_UNKNOWN");
    expect(await code(`${JSON.stringify(CHAT[0])}\nbroken\n`)).toBe("TRACE_LINE_BROKEN");
  });
});
