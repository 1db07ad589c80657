/** What the calls of one session have used together, and which limits that has reached. */
import { type PicoUsd, parseUsd, picoUsd } from "../../base/index.ts";
import type { LimitName, LimitSettings } from "./settings.ts";

export type Use = { readonly tokens: number; readonly amount: PicoUsd };

export const NO_USE: Use = { tokens: 0, amount: picoUsd(0n) };

/** Running calls are counted as they go, and corrected when they are over. */
export type SessionUse = { calls: number; tokens: number; amount: PicoUsd };

export function newSession(): SessionUse {
  return { calls: 0, ...NO_USE };
}

/** Puts what a call has used by now in the place of what was counted of it before. */
export function recount(session: SessionUse, before: Use, now: Use): void {
  session.tokens += now.tokens - before.tokens;
  session.amount = picoUsd(session.amount + now.amount - before.amount);
}

/** A session's bounds with their amounts read. */
export type UseBounds = {
  readonly sessionCalls: number;
  readonly sessionTokens: number;
  readonly sessionAmount: PicoUsd | null;
  readonly callAmount: PicoUsd | null;
};

export function useBounds(limits: LimitSettings): UseBounds {
  return {
    sessionCalls: limits.sessionCalls ?? Infinity,
    sessionTokens: limits.sessionTokens ?? Infinity,
    sessionAmount: amountOf(limits.sessionUsd),
    callAmount: amountOf(limits.callUsd),
  };
}

function amountOf(text: string | undefined): PicoUsd | null {
  return text === undefined ? null : parseUsd(text);
}

/** The limit that keeps another call from beginning; `null` when none does. */
export function reachedBefore(session: SessionUse, bounds: UseBounds): LimitName | null {
  if (session.calls >= bounds.sessionCalls) return "sessionCalls";
  return reachedWith(session, NO_USE, bounds);
}

/** The limit that a session has reached, or one of its calls alone with what it has used so far. */
export function reachedWith(
  session: SessionUse,
  running: Use,
  bounds: UseBounds,
): LimitName | null {
  if (session.tokens >= bounds.sessionTokens) return "sessionTokens";
  const { sessionAmount, callAmount } = bounds;
  if (sessionAmount !== null && session.amount >= sessionAmount) return "sessionUsd";
  return callAmount !== null && running.amount >= callAmount ? "callUsd" : null;
}
