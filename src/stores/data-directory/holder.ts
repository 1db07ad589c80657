/**
 * `holder.json`: who holds the lock and where it listens, told to people and to commands. The lock
 * itself is the operating system's, so a stale file here harms nothing.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject } from "../../base/index.ts";

export type Holder = {
  readonly pid: number;
  readonly startedAt: string;
  /** Where its gateway listens; `null` before it does. */
  readonly gateway: string | null;
  /** Where its control plane does; `null` likewise. */
  readonly control: string | null;
};

/** What the file says; `null` when there is none, or nothing that can be read. */
export function readHolder(directory: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(holderPath(directory), "utf8"));
    if (!isJsonObject(value)) return null;
    const { pid, startedAt, gateway, control } = value;
    if (typeof pid !== "number" || typeof startedAt !== "string") return null;
    return { pid, startedAt, gateway: textOrNull(gateway), control: textOrNull(control) };
  } catch {
    return null;
  }
}

export function writeHolder(directory: string, holder: Holder): void {
  const beside = `${holderPath(directory)}.new`;
  writeFileSync(beside, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(beside, holderPath(directory));
}

/** `process 4711, started 2026-11-22T…, gateway http://127.0.0.1:4141` */
export function describeHolder(holder: Holder | null): string {
  if (holder === null) return "another process";
  const gateway = holder.gateway === null ? "" : `, gateway ${holder.gateway}`;
  return `process ${holder.pid}, started ${holder.startedAt}${gateway}`;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function holderPath(directory: string): string {
  return join(directory, "holder.json");
}
