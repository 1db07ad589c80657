/** The recorded traces under every policy: every token is there, nothing is below the floor. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../e2e/run-command.ts";
import { PURSER_SOURCE } from "../simulation/gateway-process.ts";
import { RECORDED_DATA } from "./usage-recordings.ts";

const TRACES = resolve(RECORDED_DATA, "traces");
const NO_TRACES = existsSync(TRACES) ? null : "the recorded traces are not beside this clone";
/** Well above what it takes on two busy cores; a slow reader or policy goes beyond it. */
const SECONDS_MAX = 40;

type Result = Readonly<Record<string, number>> & { readonly policy: string };

async function replayed(file: string, model: string): Promise<readonly Result[]> {
  const words = ["cache", "replay", "--trace", file, "--policy", "all", "--model", model, "--json"];
  const done = await runCommand(process.execPath, [PURSER_SOURCE, ...words]);
  if (done.code !== 0) throw new Error(done.stderr);
  const answer = JSON.parse(done.stdout) as {
    readonly policies: readonly Result[];
    readonly problem_count: number;
  };
  expect(answer.problem_count).toBe(0);
  return answer.policies;
}

describe.skipIf(NO_TRACES !== null)(
  `purser cache replay of recorded traces${NO_TRACES === null ? "" : ` (${NO_TRACES})`}`,
  () => {
    test.each([
      ["traces/claude_code_traces.jsonl.zst", "claude-opus-5", 28_875],
      ["traces/claude_code_traces.jsonl.zst", "claude-opus-5-5", 28_875],
      ["traces/mooncake_conversation.jsonl.zst", "claude-fable-5-2", 12_031],
      ["traces/azure_code_2023.csv", "claude-haiku-4-5", 8_819],
      ["sessions/claude_code_usage_projection.jsonl", "claude-sonnet-5-5", 300],
    ] as const)("purser cache replay of %s as %s", async (file, model, requestsMin) => {
      const start = performance.now();
      const results = await replayed(resolve(RECORDED_DATA, file), model);
      expect((performance.now() - start) / 1_000).toBeLessThan(SECONDS_MAX);
      const none = results.find(({ policy }) => policy === "none");
      const bound = results.find(({ policy }) => policy === "bound");
      expect(none?.requests).toBeGreaterThanOrEqual(requestsMin);
      for (const result of results.filter(({ policy }) => policy !== "bound")) {
        const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = result;
        const prompts =
          (input_tokens ?? 0) + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0);
        if (result.keep_alive_calls === 0) expect(prompts).toBe(none?.input_tokens);
        expect(result.input_token_equivalents).toBeGreaterThanOrEqual(
          (bound?.input_token_equivalents ?? 0) - 1,
        );
        expect(result.vs_none).toBeCloseTo(
          (result.input_token_equivalents ?? 0) / (none?.input_token_equivalents ?? 1),
          5,
        );
      }
    });
  },
);
