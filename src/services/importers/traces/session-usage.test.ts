import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReadTraceOptions, readTrace } from "./index.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-sessions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;

function read(rows: readonly (Row | string)[], options?: ReadTraceOptions) {
  const path = join(folder, "sessions.jsonl");
  const lines = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row)));
  writeFileSync(path, lines.join("\n"));
  return readTrace(path, options);
}

const line = (uuid: string, parent: string | null, second: number, more: Row): Row => ({
  path: "a.jsonl",
  session: "s1",
  version: "1",
  uuid,
  ...(parent === null ? {} : { parent }),
  timestamp: new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString(),
  ...more,
});

const said = (sha: string, chars: number, type = "text") => ({ blocks: [{ type, sha, chars }] });

const answer = (id: string, input: number, read: number, written: number): Row => ({
  type: "assistant",
  message_id: id,
  model: "claude-sonnet-4-5",
  usage: {
    input_tokens: input,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
    output_tokens: 20,
  },
});

/** A question, an answer in two lines, the tool's result, the next answer. */
const SESSION: readonly Row[] = [
  line("u1", null, 0, { type: "user", ...said("ask", 340) }),
  line("a1", "u1", 3, { ...answer("m1", 4, 10_000, 2_000), ...said("plan", 200) }),
  line("a2", "a1", 4, {
    ...answer("m1", 4, 10_000, 2_000),
    ...said("call", 100, "tool_use"),
    stop_reason: "tool_use",
  }),
  line("u2", "a2", 6, { type: "user", ...said("result", 3_400, "tool_result") }),
  line("a3", "u2", 9, { ...answer("m2", 6, 12_000, 1_500), ...said("done", 50) }),
];

describe("readTrace of transcripts without text", () => {
  test("readTrace makes one request of all lines of one answer, each prompt as long as it was billed", async () => {
    const { requests, tree } = await read(SESSION);
    expect(
      requests.map(({ leaf, tailTokens }) => (tree.prefixTokens[leaf] ?? 0) + tailTokens),
    ).toEqual([12_004, 13_506]);
    const [first, second] = requests;
    expect(first).toMatchObject({ ending: "tool_use", session: "s1", outputTokens: 20 });
    expect((first?.responseBeginMs ?? 0) - (first?.startMs ?? 0)).toBe(3_000);
    const above: number[] = [];
    for (let node = second?.leaf ?? -1; node >= 0; node = tree.parent[node] ?? -1) above.push(node);
    expect(above).toContain(first?.leaf);
  });

  test("readTrace counts a line that was written twice once", async () => {
    const { requests } = await read([...SESSION, ...SESSION]);
    expect(requests).toHaveLength(2);
  });

  test("readTrace leaves out what is no such line, and says where it stands", async () => {
    const problems: number[] = [];
    const rows = [SESSION[0] ?? "", "{torn", { other: true }, ...SESSION.slice(1)];
    const { requests } = await read(rows, { onProblem: ({ line: at }) => problems.push(at) });
    expect([requests.length, problems]).toEqual([2, [2, 3]]);
    await expect(read(rows)).rejects.toMatchObject({ code: "TRACE_LINE_BROKEN" });
  });
});
