/** The limits that a key or a policy sets, as plain data: what is left out is not limited. */
export type LimitSettings = {
  readonly requestsPerMinute?: number | undefined;
  readonly inputTokensPerMinute?: number | undefined;
  readonly outputTokensPerMinute?: number | undefined;
  /** Calls in flight at once. */
  readonly concurrentCalls?: number | undefined;
  /** The largest `max_tokens` that a call may ask for. */
  readonly maxTokens?: number | undefined;
  readonly sessionCalls?: number | undefined;
  /** Prompt and output together, over all calls of a session. */
  readonly sessionTokens?: number | undefined;
  /** Decimal dollars, over all calls of a session. */
  readonly sessionUsd?: string | undefined;
  /** How often the same prompt may be sent to the same model within ten minutes. */
  readonly repeatedCalls?: number | undefined;
  /** How often in a row a model may call the same tool with the same input. */
  readonly repeatedToolCalls?: number | undefined;
  /** How many turns a model may take with tools alone, without a word from its user. */
  readonly toolTurns?: number | undefined;
  /** How long a call may wait for its turn; 0 or unset refuses at once. Milliseconds. */
  readonly waitMsMax?: number | undefined;
};
