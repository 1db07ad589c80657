import { describe, expect, test } from "vitest";
import { estimatedTokenCount, instant, picoUsd, tokenCount } from "../../../base/index.ts";
import type { Usage } from "../../../domain/billing/index.ts";
import { compileCatalogue } from "../../../domain/catalogue/index.ts";
import type { PromptPath, StoredBlock } from "../../../domain/prompt/index.ts";
import { asSentPolicy, placeKindOf, replay } from "../../../domain/prompt-cache/index.ts";
import type {
  OpenedEntry,
  PromptedExchange,
  RequestSettings,
  SettledEntry,
} from "../../../stores/contracts/index.ts";
import { readLedgerWorkloads } from "../index.ts";

const catalogue = compileCatalogue();
const MODEL = "claude-opus-5";

const block = (
  fingerprint: string,
  section: StoredBlock["section"],
  bytes: number,
  more: Partial<StoredBlock> = {},
): StoredBlock => ({
  fingerprint: fingerprint as StoredBlock["fingerprint"],
  section,
  type: section === "tools" ? "tool" : "text",
  role: section === "messages" ? "user" : null,
  bytes,
  ...more,
});

const TOOL = block("tool", "tools", 4_000);
const SYSTEM = block("system", "system", 8_000);
const ASK = block("ask", "messages", 3_000);
const ANSWER = block("answer", "messages", 700, { type: "tool_use", role: "assistant" });
const RESULT = block("result", "messages", 6_000, { type: "tool_result" });
const SETTINGS: RequestSettings = {
  apiVersion: null,
  betas: [],
  serviceTier: null,
  speed: null,
  inferenceGeo: null,
  thinking: null,
  effort: null,
  toolChoice: null,
  hasImages: false,
};

type Call = {
  readonly at: number;
  readonly path: readonly StoredBlock[] | null;
  /** How many blocks at the start were known as `parent` when it was written down. */
  readonly known?: number;
  readonly prompt: number;
  readonly markers?: PromptPath["markers"];
  readonly automatic?: "5m" | "1h";
  readonly settings?: Partial<RequestSettings>;
  readonly model?: string;
  readonly usage?: Partial<Usage> | null;
  readonly outcome?: SettledEntry["outcome"];
};

const nodeOf = (path: readonly StoredBlock[]) =>
  path.map(({ fingerprint }) => fingerprint).join("/") as PromptPath["node"];

function exchangeOf(call: Call): PromptedExchange {
  const whole = call.path ?? [];
  const known = call.known ?? 0;
  const prompt: PromptPath = {
    node: nodeOf(whole),
    parent: known === 0 ? null : nodeOf(whole.slice(0, known)),
    depth: whole.length,
    parentDepth: known,
    blocks: whole.slice(known),
    markers: call.markers ?? [],
    automaticMarker: call.automatic ?? null,
  };
  const opened = {
    kind: "opened",
    exchange: `ex_${call.at}`,
    call: `call_${call.at}`,
    at: instant(call.at),
    modelAsked: call.model ?? MODEL,
    attributes: { session: "one" },
    settings: { ...SETTINGS, ...call.settings },
    prompt,
    worstCase: { inputTokens: estimatedTokenCount(0), outputTokens: null, amount: null },
  } as unknown as OpenedEntry;
  return { opened, settled: settledOf(call), corrections: [], path: call.path };
}

function settledOf(call: Call): SettledEntry {
  const usage = {
    inputTokens: tokenCount(call.prompt),
    cacheWrite5mTokens: tokenCount(0),
    cacheWrite1hTokens: tokenCount(0),
    cacheReadTokens: tokenCount(0),
    outputTokens: tokenCount(10),
    serviceTier: "standard",
    speed: null,
    inferenceGeo: null,
    ...call.usage,
  } as Usage;
  return {
    at: instant(call.at + 2_000),
    firstByteAt: instant(call.at + 500),
    outcome: call.outcome ?? "completed",
    modelServed: call.model ?? MODEL,
    stopReason: "tool_use",
    measured: call.usage === null ? null : { usage, total: picoUsd(7n) },
    unbilledUsage: null,
    unbilledReason: null,
  } as unknown as SettledEntry;
}

async function* exchanges(calls: readonly Call[]): AsyncGenerator<PromptedExchange> {
  for (const call of calls) yield exchangeOf(call);
}

const read = (calls: readonly Call[], model: string | null = null) => {
  const resolution = model === null ? null : catalogue.resolve(model);
  const facts = resolution?.kind === "known" ? resolution.facts : null;
  return readLedgerWorkloads(exchanges(calls), { catalogue, model: facts, keep: () => true });
};

const FIRST: Call = { at: 0, path: [TOOL, SYSTEM, ASK], prompt: 5_003 };
const SECOND: Call = {
  at: 60_000,
  path: [TOOL, SYSTEM, ASK, ANSWER, RESULT],
  known: 3,
  prompt: 8_011,
  markers: [
    { position: 1, lifetime: "1h" },
    { position: 4, lifetime: "5m" },
  ],
};

describe("readLedgerWorkloads", () => {
  test("readLedgerWorkloads makes every prompt come to what was billed, in whole tokens", async () => {
    const { workloads } = await read([FIRST, SECOND]);
    const [found] = workloads;
    if (found === undefined) throw new Error("no workload");
    const { tree, requests } = found.workload;
    expect(requests.map(({ leaf }) => tree.prefixTokens[leaf])).toEqual([5_003, 8_011]);
    expect([...tree.tokens].every(Number.isInteger)).toBe(true);
    expect([...tree.parent.keys()].map((node) => placeKindOf(tree, node))).toEqual([
      "tools",
      "system",
      "settings",
      "user_text",
      "tool_use",
      "tool_result",
    ]);
    expect(found).toMatchObject({ excessTokens: 0, billed: { input: 13_014, amount: 14n } });
    expect(requests[1]).toMatchObject({
      ending: "tool_use",
      responseBeginMs: 60_500,
      session: "one",
      markersSent: [
        { node: 1, lifetime: "1h" },
        { node: 5, lifetime: "5m" },
      ],
    });
  });

  test("readLedgerWorkloads builds the same tree whether or not the ledger knew the parent", async () => {
    const shapes = await Promise.all(
      [0, 3].map(async (known) => {
        const { workloads } = await read([FIRST, { ...SECOND, known }]);
        return workloads[0]?.workload.tree;
      }),
    );
    expect(shapes[0]).toEqual(shapes[1]);
  });

  test("readLedgerWorkloads replays what was sent as the provider would bill it", async () => {
    const marked = { position: 2, lifetime: "5m" } as const;
    const calls = [
      { ...FIRST, markers: [marked] },
      { ...SECOND, markers: [], automatic: "5m" as const },
    ];
    const { workloads } = await read(calls);
    const [found] = workloads;
    if (found === undefined) throw new Error("no workload");
    const result = replay(found.workload, asSentPolicy, {
      rules: { prefixTokensMin: 512 },
      ratios: { read: 0.1, write5m: 1.25, write1h: 2 },
    });
    expect(result.tokens).toEqual({ read: 5_003, write5m: 5_003 + 3_008, write1h: 0, input: 0 });
  });

  test("readLedgerWorkloads shares tools and system, not messages, across thinking settings", async () => {
    const other = { ...FIRST, at: 10, settings: { thinking: "adaptive" } };
    const { workloads } = await read([FIRST, other]);
    const tree = workloads[0]?.workload.tree;
    expect(tree?.size).toBe(2 + 2 * 2);
    const auto = { ...FIRST, at: 10, settings: { toolChoice: "auto" } };
    expect((await read([FIRST, auto])).workloads[0]?.workload.tree.size).toBe(4);
  });

  test("readLedgerWorkloads keeps models apart, unless all is priced as one", async () => {
    const calls = [FIRST, { ...FIRST, at: 10, model: "claude-haiku-5-5" }];
    expect((await read(calls)).workloads.map(({ model }) => model.id)).toEqual([
      "claude-opus-5",
      "claude-haiku-5-5",
    ]);
    const { workloads } = await read(calls, "claude-sonnet-5-5");
    expect(workloads.map(({ workload }) => workload.requests.length)).toEqual([2]);
  });

  test("readLedgerWorkloads says what it leaves out", async () => {
    const { workloads, leftOut } = await read([
      { ...FIRST, usage: null },
      { ...FIRST, at: 1, path: null },
      { ...FIRST, at: 2, model: "claude-unheard-of" },
      { ...FIRST, at: 3, prompt: 0 },
    ]);
    expect(workloads).toEqual([]);
    expect(Object.values(leftOut)).toEqual([1, 1, 1, 1]);
  });
});
