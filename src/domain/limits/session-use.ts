/** What the calls of one session have used together, and which limits that has reached. */
import { type PicoUsd, parseUsd, picoUsd } from "../../base/index.ts";
import type { LimitName, LimitSettings } from "./settings.ts";

export type Use = { readonly tokens: number; readonly amount: PicoUsd };

export const NO_USE: Use = { tokens: 0, amount: picoUsd(0n) };

/** A call is counted when it begins, and what it used when it is over. */
export type SessionUse = { calls: number; tokens: number; amount: PicoUsd };

export function newSession(): SessionUse {
  return { calls: 0, ...NO_USE };
}

/** Counts what a call has used. */
export function addUse(session: SessionUse, use: Use): void {
  session.tokens += use.tokens;
  session.amount = picoUsd(session.amount + use.amount);
}

/** A session's bounds with their amounts read. */
export type UseBounds = {
  readonly sessionCalls: number;
  readonly sessionTokens: number;
  readonly sessionAmount: PicoUsd | null;
};

export function useBounds(limits: LimitSettings): UseBounds {
  return {
    sessionCalls: limits.sessionCalls ?? Infinity,
    sessionTokens: limits.sessionTokens ?? Infinity,
    sessionAmount: amountOf(limits.sessionUsd),
  };
}

function amountOf(text: string | undefined): PicoUsd | null {
  return text === undefined ? null : parseUsd(text);
}

/** The limit that keeps another call from beginning; `null` when none does. */
export function reachedBefore(session: SessionUse, bounds: UseBounds): LimitName | null {
  if (session.calls >= bounds.sessionCalls) return "sessionCalls";
  if (session.tokens >= bounds.sessionTokens) return "sessionTokens";
  const { sessionAmount } = bounds;
  return sessionAmount !== null && session.amount >= sessionAmount ? "sessionUsd" : null;
}
