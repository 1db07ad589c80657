/** What the lever `limit` can be set to in `purser.yaml`, and what it may not. */
import { z } from "zod";
import type { CheckedConfig } from "./authored.ts";
import type { FindPlace } from "./explain-zod.ts";
import { type ConfigIssue, formatKeyPath, type KeyPath } from "./issue.ts";
import { duration, usd } from "./values.ts";

const CALLS_MAX = 1_000_000;
const TOKENS_MAX = 10_000_000_000;
const MAX_TOKENS_MAX = 100_000_000;
const TURNS_MAX = 100_000;

const whole = (max: number, says: string) => z.int().min(1).max(max).optional().describe(says);

/** Whose calls are measured together; `tag:NAME` is another. */
const SCOPES = ["key", "user", "team", "endpoint", "user-type", "session", "model"];

/** Every limit by its key; `wait` goes with them, and `per`, which budgets have too. */
const limits = {
  requestsPerMinute: whole(CALLS_MAX, "Limit: calls per minute."),
  inputTokensPerMinute: whole(TOKENS_MAX, "Limit: input tokens per minute, without cache reads."),
  outputTokensPerMinute: whole(TOKENS_MAX, "Limit: output tokens per minute."),
  concurrentCalls: whole(CALLS_MAX, "Limit: calls in flight at once."),
  maxTokens: whole(
    MAX_TOKENS_MAX,
    "Limit: the largest max_tokens that a call may ask for. Cap: where it cuts answers.",
  ),
  callUsd: usd().optional().describe("Limit: dollars of one call; stops it in mid-stream."),
  sessionCalls: whole(CALLS_MAX, "Limit: calls in one session."),
  sessionTokens: whole(TOKENS_MAX, "Limit: tokens in one session; stops a call in mid-stream."),
  sessionUsd: usd().optional().describe("Limit: dollars in one session; likewise."),
  repeatedCalls: whole(TURNS_MAX, "Limit: the same prompt to the same model within ten minutes."),
  repeatedToolCalls: whole(TURNS_MAX, "Limit: the same tool with the same input, in a row."),
  toolTurns: whole(TURNS_MAX, "Limit: turns of tools alone without a word from the user."),
} as const;

export const limitSettings = {
  ...limits,
  wait: duration({ from: "0s", to: "10m" })
    .optional()
    .describe("Limit: how long a call may wait for its turn; refused at once, if unsaid."),
} as const;

/** Keys of `settings` that belong to the lever `limit`. */
export const LIMIT_KEYS: readonly string[] = Object.keys(limitSettings);

export function checkLimits(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.policies ?? []).flatMap((policy, index) => {
    if (policy.lever !== "limit") return [];
    const path = ["policies", index];
    const at = (key: KeyPath, what: string, mend: string): ConfigIssue => ({
      ...{ code: "CONFIG_CONFLICT", what, mend },
      ...placeOf(key, "value"),
      key: formatKeyPath(key),
    });
    const set = Object.keys(policy.settings ?? {});
    const issues: ConfigIssue[] = [];
    if (!set.some((key) => key in limits)) {
      const mend = "Set one, such as settings: { requestsPerMinute: 60 }.";
      issues.push(at([...path, "lever"], `the policy "${policy.name}" sets no limit`, mend));
    }
    const per = policy.settings?.per;
    if (per !== undefined && !SCOPES.includes(per) && !/^tag:.+$/.test(per)) {
      const mend = `Write one of: ${SCOPES.join(", ")}, tag:NAME; or leave it out for all together.`;
      const what = `calls have no "${per}"`;
      issues.push({
        ...at([...path, "settings", "per"], what, mend),
        code: "CONFIG_INVALID_VALUE",
      });
    }
    if (policy.holdOut !== undefined) {
      const what = "a limit holds for all the traffic that it matches, or for none";
      issues.push(at([...path, "holdOut"], what, "Remove holdOut; mode: advise only writes down."));
    }
    return issues;
  });
}
