/**
 * A real Claude Code session, in print mode, through a real gateway process to the simulator. The
 * client is not a dependency: `.ci/run` installs it beside the project.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { audit } from "../simulation/auditor/index.ts";
import { servedBy } from "../simulation/served.ts";
import { startStack } from "../simulation/stack.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

const CLAUDE = fileURLToPath(
  new URL("../../.proof-tools/node_modules/.bin/claude", import.meta.url),
);
const MARKER = "purser-was-here";
const ANSWER = "The command printed what you asked for.";

describe("Claude Code through the gateway", { timeout: 120_000 }, () => {
  it("Claude Code runs a tool and every call of its session stands in the ledger", async (context) => {
    if (!existsSync(CLAUDE)) return context.skip("Claude Code is not installed; .ci/run does it");
    await using stack = await startStack({ port: 0, seed: 5 });
    stack.simulator.script([
      { match: { toolResult: MARKER }, reply: { text: ANSWER } },
      {
        match: { where: (request) => JSON.stringify(request.body).includes("Print the marker") },
        reply: { toolCalls: [{ name: "Bash", input: { command: `echo ${MARKER}` } }] },
        times: 1,
      },
    ]);
    const session = await runClaude(stack.gateway.ready.gateway);
    expect({ code: session.code, stdout: session.stdout.trim() }).toEqual({
      code: 0,
      stdout: ANSWER,
    });

    const rows = await stack.settleAndExport();
    const served = servedBy(stack.simulator);
    expect(served.length).toBeGreaterThanOrEqual(2);
    expect(audit({ seen: served, served, rows })).toEqual([]);
    const completed = rows.filter((row) => row.outcome === "completed");
    const sessions = new Set(completed.map((row) => row.session));
    expect(sessions.size).toBe(1);
    expect([...sessions][0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(completed.every((row) => /^claude-cli/.test(row.client ?? ""))).toBe(true);
  });
});

/** With a home of its own and nothing of this environment: no login, no settings, no plug-in. */
async function runClaude(gateway: string): Promise<CommandResult> {
  const home = await mkdtemp(join(tmpdir(), "purser-claude-code-"));
  const flags = ["--allowedTools", "Bash(echo:*)", "--model", "claude-opus-5-5"];
  try {
    return await runCommand(CLAUDE, ["-p", "Print the marker with Bash.", ...flags], {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        ANTHROPIC_BASE_URL: gateway,
        ANTHROPIC_API_KEY: "sk-ant-any",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        CLAUDE_CODE_MAX_RETRIES: "0",
        DISABLE_AUTOUPDATER: "1",
      },
      timeoutMs: 60_000,
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
