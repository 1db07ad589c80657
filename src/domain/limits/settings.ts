/** The limits that a key or a policy sets, as plain data: what is left out is not limited. */
export type LimitSettings = {
  readonly requestsPerMinute?: number | undefined;
  /** Fresh input and cache writes; cache reads are left out, as the provider leaves them out. */
  readonly inputTokensPerMinute?: number | undefined;
  readonly outputTokensPerMinute?: number | undefined;
  /** Calls in flight at once. */
  readonly concurrentCalls?: number | undefined;
  /** The largest `max_tokens` that a call may ask for. */
  readonly maxTokens?: number | undefined;
  /** Decimal dollars of one call; for calls whose worst case has no bound. */
  readonly callUsd?: string | undefined;
  readonly sessionCalls?: number | undefined;
  /** Prompt and output together, over all calls of a session. */
  readonly sessionTokens?: number | undefined;
  /** Decimal dollars, over all calls of a session. */
  readonly sessionUsd?: string | undefined;
  /** How often the same prompt may be sent to the same model within ten minutes. */
  readonly repeatedCalls?: number | undefined;
  /** How often in a row a model may call the same tools with the same input. */
  readonly repeatedToolCalls?: number | undefined;
  /** How many turns a model may take with tools alone, without a word from its user. */
  readonly toolTurns?: number | undefined;
  /** How long a call may wait for its turn; 0 or unset refuses at once. Milliseconds. */
  readonly waitMsMax?: number | undefined;
};

/** Each limit by the word with which decisions and refusals name it. */
export const LIMIT_WORDS = {
  requestsPerMinute: "requests-per-minute",
  inputTokensPerMinute: "input-tokens-per-minute",
  outputTokensPerMinute: "output-tokens-per-minute",
  concurrentCalls: "concurrent-calls",
  maxTokens: "max-tokens",
  callUsd: "call-usd",
  sessionCalls: "session-calls",
  sessionTokens: "session-tokens",
  sessionUsd: "session-usd",
  repeatedCalls: "repeated-calls",
  repeatedToolCalls: "repeated-tool-calls",
  toolTurns: "tool-turns",
} as const satisfies Partial<Record<keyof LimitSettings, string>>;

export type LimitName = keyof typeof LIMIT_WORDS;

export function limitsNothing(limits: LimitSettings): boolean {
  return !(Object.keys(LIMIT_WORDS) as LimitName[]).some((name) => limits[name] !== undefined);
}
