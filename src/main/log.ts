/**
 * The process's log, on standard error: JSON lines for programs, short lines for people. Its callers
 * put no header value, key, body or token in it.
 */
import { formatInstant } from "../base/index.ts";
import { systemClock } from "./system-values.ts";

export type LogEvent = {
  readonly level: "info" | "warn" | "error";
  /** A stable name, `<noun>-<action>`. */
  readonly event: string;
  readonly message: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
};

export type Log = (event: LogEvent) => void;

export function createLog(options: {
  readonly json: boolean;
  readonly write: (text: string) => void;
}): Log {
  return ({ level, event, message, data }) => {
    const at = formatInstant(systemClock.now());
    if (options.json) {
      options.write(`${JSON.stringify({ at, level, event, message, ...data })}\n`);
      return;
    }
    const facts = Object.entries(data).map(([name, value]) => ` ${name}=${String(value)}`);
    options.write(`${at.slice(11, 19)} ${level.padEnd(5)} ${message}${facts.join("")}\n`);
  };
}

/** What a failure says of itself, cut short. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
