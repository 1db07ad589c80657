/**
 * Recorded sequences that write a cache first and read it after, replayed through the simulator. Its
 * tokenizer is its own, so counts differ; what must agree is which requests write, which read, and
 * that a read covers exactly what an earlier request of the same recording had cached.
 */
import { describe, expect, it } from "vitest";
import { startSimulator } from "../../src/simulator/index.ts";
import { NO_RECORDINGS, type Row, readRows } from "./usage-recordings.ts";

type Recorded = Row & { readonly source: string; readonly path: string; readonly idx: number };
type Classes = { readonly write: number; readonly read: number };

/** What cannot be predicted from the request alone, or is not served any more. */
const EXCLUDED: Readonly<Record<string, string>> = {
  "claude-3-5-haiku-20241022": "a model that the simulator does not serve",
  tool_search: "hidden tokens that are not documented, on a prefix just above the minimum",
  web_search: "a server tool fetched content that the request does not hold",
};

function classesOf(usage: Record<string, unknown>): Classes {
  return {
    write: Number(usage.cache_creation_input_tokens ?? 0),
    read: Number(usage.cache_read_input_tokens ?? 0),
  };
}

/** Sequences of one recording whose first cached request writes without reading. */
function writeThenRead(rows: readonly Recorded[]): readonly (readonly Recorded[])[] {
  const groups = new Map<string, Recorded[]>();
  for (const row of rows) {
    const usable = row.route === "anthropic" && row.kind === "messages" && row.usage !== null;
    if (!usable || row.request_body === null) continue;
    const key = `${row.source} ${row.path}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()]
    .map((group) => group.toSorted((left, right) => left.idx - right.idx))
    .filter((group) => {
      const classes = group.map((row) => classesOf(row.usage ?? {}));
      const first = classes.find(({ write, read }) => write + read > 0);
      return first?.read === 0 && classes.some(({ read }) => read > 0);
    });
}

function exclusionOf(group: readonly Recorded[]): string | null {
  const text = group.map((row) => row.request_body).join(" ");
  return Object.keys(EXCLUDED).find((name) => text.includes(name)) ?? null;
}

async function replay(group: readonly Recorded[]): Promise<readonly Classes[]> {
  await using simulator = await startSimulator({ clock: "virtual", serveRetiredModels: true });
  const classes: Classes[] = [];
  for (const row of group) {
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ ...JSON.parse(row.request_body ?? "{}"), stream: false }),
    });
    const answer = (await response.json()) as { usage?: Record<string, unknown> };
    classes.push(classesOf(answer.usage ?? { cache_read_input_tokens: -1 }));
  }
  return classes;
}

/** `write`, `read`, `both` or `none` for each request, and whether a read covers all cached before. */
function pattern(classes: readonly Classes[]): readonly string[] {
  let cached = 0;
  return classes.map(({ write, read }) => {
    const words = [write > 0 ? "write" : "", read > 0 ? "read" : ""].filter(Boolean).join("+");
    const covers = read > 0 && read === cached ? " all" : "";
    cached = Math.max(cached, write + read);
    return (words === "" ? "none" : words) + covers;
  });
}

describe("the simulator's cache beside recorded sequences", () => {
  it("the cache writes and reads where the real one did", async (context) => {
    if (NO_RECORDINGS !== null) return context.skip(NO_RECORDINGS);
    const groups = writeThenRead(readRows() as readonly Recorded[]);
    const judged = groups.filter((group) => exclusionOf(group) === null);
    expect({ judged: judged.length, excluded: groups.length - judged.length }).toEqual({
      judged: 7,
      excluded: 4,
    });
    for (const group of judged) {
      const recorded = pattern(group.map((row) => classesOf(row.usage ?? {})));
      const source = `${group[0]?.source} ${group[0]?.path}`;
      expect({ source, pattern: pattern(await replay(group)) }).toEqual({
        source,
        pattern: recorded,
      });
    }
  });
});
