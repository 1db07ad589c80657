/** Plans, flown: the edited request goes to the simulator twice, and the second call reads the cache. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { runCommand } from "../../e2e/run-command.ts";
import { PURSER_SOURCE } from "../gateway-process.ts";
import { applyEdits, type Edit } from "./apply-edits.ts";
import { PLAN_CASES, type PlanCase } from "./plan-requests.ts";
import { problemsIn } from "./type-check.ts";

type Plan = {
  readonly breakpoints: readonly {
    readonly pointer: string;
    readonly lifetime: string;
    readonly tokens: number;
  }[];
  readonly moves: readonly { readonly what: string; readonly kinds: readonly string[] }[];
  readonly edits: readonly Edit[];
  readonly diff: string;
  readonly code: string;
  readonly saving: { readonly usd: string; readonly low_usd: string; readonly high_usd: string };
};

let folder = "";
let simulator: Simulator;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-plan-"));
  simulator = await startSimulator({ clock: "virtual", startAtMs: Date.UTC(2026, 10, 22, 9) });
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function planFor({ request, callsPerMonth }: PlanCase): Promise<Plan> {
  const file = join(folder, "request.json");
  writeFileSync(file, JSON.stringify(request));
  const words = ["cache", "plan", file, "--calls-per-month", String(callsPerMonth), "--json"];
  const { code, stdout, stderr } = await runCommand(process.execPath, [PURSER_SOURCE, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Plan;
}

const edited = (request: object, edits: readonly Edit[]) =>
  applyEdits(request, edits) as unknown as Anthropic.MessageCreateParamsNonStreaming;

describe.each(PLAN_CASES)("purser cache plan for $name", (planCase) => {
  let plan: Plan;
  beforeAll(async () => {
    plan = await planFor(planCase);
  });

  test("purser cache plan puts its markers where they pay", () => {
    expect(plan.breakpoints.map(({ pointer, lifetime }) => [pointer, lifetime])).toEqual(
      planCase.markers,
    );
    expect(plan.moves.some(({ what }) => what === "volatile-text")).toBe(planCase.moved);
    expect(Number(plan.saving.usd)).toBeGreaterThanOrEqual(Number(plan.saving.low_usd));
    expect(Number(plan.saving.usd)).toBeLessThanOrEqual(Number(plan.saving.high_usd));
    expect(Number(plan.saving.usd) > 0).toBe(planCase.saves);
  });

  test("purser cache plan gives edits that the API takes, and the next call reads what was planned", async () => {
    // A key of its own workspace would do as well; a name of its own in the prompt is simpler.
    const client = new Anthropic({ apiKey: "plan-key", baseURL: simulator.url, maxRetries: 0 });
    const request = edited(planCase.request, plan.edits);
    const first = await client.messages.create(request);
    const written = first.usage.cache_creation_input_tokens ?? 0;
    const before = first.usage.cache_read_input_tokens ?? 0;
    expect(written + before).toBeGreaterThan(0);
    const second = await client.messages.create(laterCall(request, planCase.moved));
    expect(second.usage.cache_read_input_tokens).toBe(written + before);
    expect(second.usage.cache_creation_input_tokens).toBe(0);
    // The plan's sizes are estimates; the simulator counts in its own way.
    const planned = plan.breakpoints.at(-1)?.tokens ?? 0;
    expect((written + before) / planned).toBeGreaterThan(0.5);
    expect((written + before) / planned).toBeLessThan(2);
  });

  test("purser cache plan gives code that type-checks against the SDK and does what the edits do", async () => {
    expect(problemsIn(plan.code)).toEqual([]);
    const { withCaching } = (await import(moduleOf(plan.code))) as {
      withCaching: (request: object, volatileText: string) => Anthropic.MessageCreateParams;
    };
    const markers = (request: object) =>
      [...JSON.stringify(request).matchAll(/"cache_control":\{[^}]*\}/g)].length;
    const stable = withoutMarkers(edited(planCase.request, plan.edits), planCase.moved);
    const coded = withCaching(stable.request, stable.moved);
    expect(markers(coded)).toBe(plan.breakpoints.length);
    const client = new Anthropic({ apiKey: "plan-key", baseURL: simulator.url, maxRetries: 0 });
    const answer = await client.messages.create({ ...coded, stream: false });
    expect(answer.usage.cache_read_input_tokens).toBeGreaterThan(0);
  });
});

/** The same call a moment later: what is volatile has changed. */
function laterCall(
  request: Anthropic.MessageCreateParamsNonStreaming,
  moved: boolean,
): Anthropic.MessageCreateParamsNonStreaming {
  if (!moved) return request;
  const later = structuredClone(request);
  const content = later.messages.at(-1)?.content;
  const last = Array.isArray(content) ? content.at(-1) : undefined;
  if (last?.type !== "text") throw new Error("what was moved stands last");
  last.text = last.text.replace("10:11:12", "10:12:40").replace("3f2504e0", "99990000");
  return later;
}

/** The request as a program would build it: no markers, and what is volatile apart. */
function withoutMarkers(request: Anthropic.MessageCreateParamsNonStreaming, moved: boolean) {
  const text = JSON.stringify(request).replace(/,?"cache_control":\{[^}]*\}/g, "");
  const plain = JSON.parse(text) as Anthropic.MessageCreateParamsNonStreaming;
  const content = plain.messages.at(-1)?.content;
  if (!moved || !Array.isArray(content)) return { request: plain, moved: "" };
  const last = content.pop();
  return { request: plain, moved: last?.type === "text" ? last.text : "" };
}

/** The code as a module that can be imported: its types stripped. */
function moduleOf(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  return `data:text/javascript,${encodeURIComponent(outputText)}`;
}

describe("purser cache plan", () => {
  test("purser cache plan respects thinking in the history: nothing before it is edited", async () => {
    const [, withTime] = PLAN_CASES;
    if (withTime === undefined) throw new Error("a case with a time");
    const thinking = { type: "thinking", thinking: "Hm.", signature: "c2ln" } as const;
    const request = {
      ...withTime.request,
      messages: [
        { role: "user", content: "Where is it?" },
        { role: "assistant", content: [thinking, { type: "text", text: "There." }] },
        { role: "user", content: "And now?" },
      ] satisfies Anthropic.MessageParam[],
    };
    const plan = await planFor({ ...withTime, request });
    expect(plan.edits.every(({ path }) => !path.startsWith("/system"))).toBe(true);
    expect(plan.moves).toMatchObject([{ what: "volatile-text", kinds: ["timestamp", "uuid"] }]);
    expect(plan.breakpoints.map(({ pointer }) => pointer)).toEqual(["/tools/2"]);
  });

  test("purser cache plan refuses what is no request, by code", async () => {
    for (const [input, code] of [
      ["no json", "CACHE_REQUEST_UNREADABLE"],
      ['{"messages":[]}', "CACHE_MODEL_MISSING"],
      ['{"model":"claude-opus-5","messages":7}', "CACHE_REQUEST_UNREADABLE"],
      ['{"model":"claude-unheard-of","messages":[]}', "MODEL_UNKNOWN"],
    ] as const) {
      const done = await runCommand(
        process.execPath,
        [PURSER_SOURCE, "cache", "plan", "-", "--json"],
        {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: folder },
          input,
        },
      );
      expect([done.code, `${done.stdout}${done.stderr}`]).toEqual([
        2,
        expect.stringContaining(code),
      ]);
    }
  });
});
