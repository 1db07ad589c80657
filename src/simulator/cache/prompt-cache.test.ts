import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../base/index.ts";
import { DEFAULT_ASSUMPTIONS } from "../assumptions.ts";
import { modelNamed } from "../models/index.ts";
import { type RenderContext, type RenderedPrompt, renderPrompt } from "../prompt/index.ts";
import { type CacheUse, PromptCache } from "./prompt-cache.ts";

const MINUTE = 60_000;
const MIN_TOKENS = 512;
/** 200 tokens by the newer tokenizer. */
const LONG = "word ".repeat(200).trim();

type Marker = "5m" | "1h" | null;

function model(name: string) {
  const found = modelNamed(name);
  if (found === null) throw new Error(`no model ${name}`);
  return found;
}

function render(body: JsonObject, change: Partial<RenderContext> = {}): RenderedPrompt {
  return renderPrompt(body, {
    model: model("claude-opus-5-5"),
    workspace: "w",
    speed: "standard",
    speedScope: "system-onwards",
    ...change,
  });
}

function block(text: string, marker: Marker): JsonObject {
  const control = marker === null ? {} : { cache_control: { type: "ephemeral", ttl: marker } };
  return { type: "text", text, ...control };
}

/** One user message of as many blocks as there are markers, each block different. */
function prompt(markers: readonly Marker[], label = ""): JsonObject {
  const content = markers.map((marker, index) => block(`${label}${index} ${LONG}`, marker));
  return { messages: [{ role: "user", content }] };
}

function cache(): PromptCache {
  return new PromptCache(DEFAULT_ASSUMPTIONS);
}

/** A call whose response begins at once. */
function call(store: PromptCache, body: JsonObject, atMs: number, min = MIN_TOKENS): CacheUse {
  const use = store.use(render(body), atMs, min);
  use.admitted();
  use.responseBegins();
  return use;
}

function marked(count: number, at: Readonly<Record<number, Marker>>): readonly Marker[] {
  return Array.from({ length: count }, (_, index) => at[index] ?? null);
}

describe("PromptCache", () => {
  test("PromptCache writes at the marker and reads it back within five minutes", () => {
    const store = cache();
    const body = prompt(marked(5, { 3: "5m" }));
    const first = call(store, body, 0);
    expect(first).toMatchObject({ read: 0, write1h: 0 });
    expect(first.write5m).toBeGreaterThan(800);
    const second = call(store, body, 4 * MINUTE);
    expect(second).toMatchObject({ read: first.write5m, write5m: 0, input: first.input });
  });

  test("PromptCache counts a lifetime from the start of the request that read last", () => {
    const store = cache();
    const body = prompt(marked(4, { 3: "5m" }));
    call(store, body, 0);
    expect(call(store, body, 4.9 * MINUTE).read).toBeGreaterThan(0);
    expect(call(store, body, 9.8 * MINUTE).read).toBeGreaterThan(0);
    expect(call(store, body, 14.8 * MINUTE).read).toBe(0);
  });

  test("PromptCache lets nobody read before the writer's response begins", () => {
    const store = cache();
    const rendered = render(prompt(marked(4, { 3: "5m" })));
    const writer = store.use(rendered, 0, MIN_TOKENS);
    expect(store.use(rendered, 1, MIN_TOKENS).read).toBe(0);
    writer.responseBegins();
    expect(store.use(rendered, 2, MIN_TOKENS).read).toBe(writer.write5m);
  });

  test("PromptCache looks back twenty positions and no further, as documented", () => {
    const store = cache();
    call(store, prompt(marked(11, { 10: "5m" })), 0);
    const second = call(store, prompt(marked(16, { 15: "5m" })), 1);
    expect(second.hitUnit).toBe(10);
    expect(call(store, prompt(marked(36, { 35: "5m" })), 2).hitUnit).toBeNull();
    expect(call(cacheOfFifteen(), prompt(marked(35, { 34: "5m" })), 3).hitUnit).toBe(15);
  });

  test("PromptCache resumes at the next explicit breakpoint when a window is empty", () => {
    const store = cache();
    call(store, prompt(marked(16, { 15: "5m" })), 0);
    const body = prompt(marked(40, { 15: "5m", 39: "5m" }));
    expect(call(store, body, 1)).toMatchObject({ hitUnit: 15, writtenUnits: [39] });
  });

  test.each([
    ["tool_use", 1],
    ["tool_result", 1],
    ["text", 30],
  ])("PromptCache counts a run of thirty %s blocks as %i position(s)", (kind, positions) => {
    const units = render({
      messages: [user(LONG), ...runOf(kind, 30)],
      cache_control: EPHEMERAL,
    }).units;
    const run = units.filter((unit) => unit.kind === kind && !unit.key.includes(LONG));
    expect(run).toHaveLength(30);
    expect(new Set(run.map((unit) => unit.position)).size).toBe(positions);
  });

  test("PromptCache bills mixed lifetimes as A, B, C and T", () => {
    const store = cache();
    const warm = prompt(marked(4, { 3: "1h" }));
    const a = call(store, warm, 0).write1h;
    const body = prompt(marked(12, { 3: "1h", 6: "1h", 9: "5m" }));
    const { units, promptTokens } = render(body);
    const b = units[6]?.endTokens ?? 0;
    const c = units[9]?.endTokens ?? 0;
    expect(call(store, body, 1)).toMatchObject({
      read: a,
      write1h: b - a,
      write5m: c - b,
      input: promptTokens - c,
    });
  });

  test("PromptCache silently ignores a prefix below the model's minimum", () => {
    const store = cache();
    const body = prompt(marked(2, { 1: "5m" }));
    const { promptTokens } = render(body);
    expect(call(store, body, 0)).toMatchObject({ input: promptTokens, write5m: 0, read: 0 });
    expect(call(store, body, 1).read).toBe(0);
    expect(store.size).toBe(0);
  });

  test.each([
    ["model", { model: model("claude-sonnet-5-5") }],
    ["workspace", { workspace: "other" }],
    ["speed", { speed: "fast" }],
  ] as const)("PromptCache does not share between one %s and another", (_, change) => {
    const store = cache();
    const body = prompt(marked(4, { 3: "5m" }));
    call(store, body, 0);
    expect(store.use(render(body, change), 1, MIN_TOKENS).read).toBe(0);
  });

  test("PromptCache keeps what a changed later section does not touch", () => {
    const store = cache();
    const tool = { name: "t", description: LONG.repeat(4), input_schema: { type: "object" } };
    const body = {
      tools: [{ ...tool, cache_control: EPHEMERAL }],
      system: [block(LONG.repeat(4), "5m")],
      messages: [user(LONG)],
    };
    call(store, body, 0);
    expect(call(store, { ...body, tool_choice: { type: "any" } }, 1).hitUnit).toBe(1);
    expect(call(store, { ...body, system: [block(`new ${LONG}`, "5m")] }, 2).hitUnit).toBe(0);
    const renamed = { ...body, tools: [{ ...tool, name: "u", cache_control: EPHEMERAL }] };
    expect(call(store, renamed, 3).hitUnit).toBeNull();
  });

  test("PromptCache keeps the tools cached when web search is switched on", () => {
    const store = cache();
    const tool = { name: "t", description: LONG.repeat(4), input_schema: { type: "object" } };
    const tools = [{ ...tool, cache_control: EPHEMERAL }];
    call(store, { tools, messages: [user(LONG)] }, 0);
    const search = { type: "web_search_20260209", name: "web_search" };
    expect(call(store, { tools: [search, ...tools], messages: [user(LONG)] }, 1).hitUnit).toBe(0);
  });
});

describe("PromptCache under its named assumptions", () => {
  const body = prompt(marked(8, { 3: "5m", 7: "5m" }));
  const shorter = prompt(marked(4, { 3: "5m" }));

  test.each([
    ["hit-only", null],
    ["marked-prefixes", 3],
    ["all-prefixes", 3],
  ] as const)("hitRefreshes %s decides whether a marked prefix lives on", (hitRefreshes, hit) => {
    const store = new PromptCache({
      ...DEFAULT_ASSUMPTIONS,
      hitRefreshes,
      markerBeforeHitIsWritten: false,
    });
    call(store, body, 0);
    call(store, body, 4 * MINUTE);
    expect(call(store, shorter, 8 * MINUTE).hitUnit).toBe(hit);
  });

  test.each([true, false])(
    "oneHourMarkerUpgradesEntry %s decides how long it lives",
    (upgrades) => {
      const store = new PromptCache({
        ...DEFAULT_ASSUMPTIONS,
        oneHourMarkerUpgradesEntry: upgrades,
      });
      call(store, shorter, 0);
      expect(call(store, prompt(marked(4, { 3: "1h" })), MINUTE).read).toBeGreaterThan(0);
      expect(call(store, shorter, 30 * MINUTE).read > 0).toBe(upgrades);
    },
  );

  test.each([true, false])("cancelledRequestLeavesEntry %s decides what stays", (leaves) => {
    const store = new PromptCache({ ...DEFAULT_ASSUMPTIONS, cancelledRequestLeavesEntry: leaves });
    call(store, shorter, 0).cancelled();
    expect(call(store, shorter, 1).read > 0).toBe(leaves);
  });
});

const EPHEMERAL = { type: "ephemeral" };
const chains = fc.array(
  fc.record({
    label: fc.constantFrom("a", "b"),
    markers: fc
      .array(fc.constantFrom<Marker>(null, null, null, "5m"), { minLength: 1, maxLength: 30 })
      .map(atMostFour),
    afterMs: fc.integer({ min: 0, max: 6 * MINUTE }),
  }),
  { minLength: 1, maxLength: 12 },
);

function atMostFour(markers: readonly Marker[]): readonly Marker[] {
  let left = 4;
  return markers.map((marker) => (marker !== null && left-- > 0 ? marker : null));
}

describe("PromptCache always and never", () => {
  test("PromptCache always splits the prompt into classes that sum to it, none negative", () => {
    fc.assert(
      fc.property(chains, (steps) => {
        const store = cache();
        let nowMs = 0;
        for (const { label, markers, afterMs } of steps) {
          nowMs += afterMs;
          const use = call(store, prompt(markers, label), nowMs);
          const classes = [use.read, use.write1h, use.write5m, use.input];
          expect(Math.min(...classes)).toBeGreaterThanOrEqual(0);
          expect(classes.reduce((sum, value) => sum + value, 0)).toBe(
            render(prompt(markers, label)).promptTokens,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test("PromptCache never writes at a block that was not marked", () => {
    fc.assert(
      fc.property(chains, (steps) => {
        const store = cache();
        const everMarked = new Set<string>();
        steps.forEach(({ label, markers }, index) => {
          const use = call(store, prompt(markers, label), index);
          const { units } = render(prompt(markers, label));
          const hit = use.hitUnit === null ? null : (units[use.hitUnit]?.key ?? "");
          if (hit !== null) expect(everMarked.has(hit)).toBe(true);
          expect(use.writtenUnits.every((at) => markers[at] !== null)).toBe(true);
          for (const unit of units) if (unit.marker !== null) everMarked.add(unit.key);
        });
      }),
      { numRuns: 60 },
    );
  });

  const repeats = fc.record({
    blocks: fc.integer({ min: 3, max: 25 }),
    lifetime: fc.constantFrom("5m" as const, "1h" as const),
    share: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });

  test("PromptCache always reads an identical request within its lifetime, and never after", () => {
    fc.assert(
      fc.property(repeats, ({ blocks, lifetime, share }) => {
        const lifetimeMs = lifetime === "1h" ? 60 * MINUTE : 5 * MINUTE;
        const body = prompt(marked(blocks, { [blocks - 1]: lifetime }));
        const store = cache();
        const written = call(store, body, 0);
        const within = store.use(render(body), Math.floor(lifetimeMs * share), MIN_TOKENS);
        expect(within.read).toBe(written.write1h + written.write5m);
        expect(within.write1h + within.write5m).toBe(0);
        const after = store.use(
          render(body),
          lifetimeMs + Math.floor(lifetimeMs * share),
          MIN_TOKENS,
        );
        expect(after.read).toBe(0);
      }),
    );
  });
});

function user(text: string): JsonObject {
  return { role: "user", content: text };
}

function runOf(kind: string, length: number): readonly JsonObject[] {
  const indexes = Array.from({ length }, (_, index) => index);
  if (kind === "text") {
    return [{ role: "user", content: indexes.map((index) => block(`part ${index}`, null)) }];
  }
  const calls = indexes.map((index) => ({
    type: "tool_use",
    id: `t${index}`,
    name: "t",
    input: {},
  }));
  const results = indexes.map((index) => ({ type: "tool_result", tool_use_id: `t${index}` }));
  return [
    { role: "assistant", content: calls },
    { role: "user", content: results },
  ];
}

/** A store that knows only the entry at position 15. */
function cacheOfFifteen(): PromptCache {
  const store = cache();
  call(store, prompt(marked(16, { 15: "5m" })), 0);
  return store;
}
