/** How a limit is told to the client: what it was, and when trying again can help. */
import type { ErrorCode } from "../../../base/index.ts";
import { LIMIT_WORDS, type LimitName } from "../../../domain/limits/index.ts";

import type { Reached } from "./call-pass.ts";

export type LimitRefusal = {
  readonly code: ErrorCode;
  readonly what: string;
  readonly retryAfterSeconds: number | null;
};

/** A limit that stands in the way of a call. */
export type Obstacle = {
  readonly rule: string;
  readonly limit: LimitName;
  /** Until it may be gone; `null` when nobody can tell, or it never will. Milliseconds. */
  readonly waitMs: number | null;
  readonly isTooLarge?: boolean;
};

const CODES: Readonly<Record<LimitName, ErrorCode>> = {
  requestsPerMinute: "LIMIT_RATE",
  inputTokensPerMinute: "LIMIT_RATE",
  outputTokensPerMinute: "LIMIT_RATE",
  concurrentCalls: "LIMIT_CONCURRENT",
  maxTokens: "LIMIT_MAX_TOKENS",
  callUsd: "LIMIT_CALL_SPEND",
  sessionCalls: "LIMIT_SESSION",
  sessionTokens: "LIMIT_SESSION",
  sessionUsd: "LIMIT_SESSION",
  repeatedCalls: "LIMIT_LOOP",
  repeatedToolCalls: "LIMIT_LOOP",
  toolTurns: "LIMIT_LOOP",
};

export function refusalOf({ rule, limit, waitMs, isTooLarge }: Obstacle): LimitRefusal {
  const code = isTooLarge === true ? "LIMIT_CALL_TOO_LARGE" : CODES[limit];
  const what = `the limit ${LIMIT_WORDS[limit]} of "${rule}" is reached`;
  return { code, what, retryAfterSeconds: secondsOf(code, waitMs) };
}

/** The same of a limit that a running call has reached. */
export function endingOf({ rule, limit }: Reached): Pick<LimitRefusal, "code" | "what"> {
  const { code, what } = refusalOf({ rule, limit, waitMs: null });
  return { code, what };
}

function secondsOf(code: ErrorCode, waitMs: number | null): number | null {
  if (code === "LIMIT_CONCURRENT") return 1;
  return code === "LIMIT_RATE" && waitMs !== null ? Math.max(1, Math.ceil(waitMs / 1_000)) : null;
}
