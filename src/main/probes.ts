/** Looks at this machine and at the upstream, for `purser doctor`. Spends nothing, changes nothing. */
import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import type { DataDirectoryState, Probes, UpstreamState } from "../operations/index.ts";
import { readHolder } from "../stores/data-directory/index.ts";
import { purserVersion } from "./system-values.ts";

/** A probe that takes longer counts as no answer. */
const UPSTREAM_TIMEOUT_MS = 10_000;

export function systemProbes(): Probes {
  return {
    nodeVersion: process.versions.node,
    purserVersion: purserVersion(),
    dataDirectory: probeDataDirectory,
    upstream: probeUpstream,
    port: probePort,
  };
}

async function probeDataDirectory(path: string): Promise<DataDirectoryState> {
  const found = await stat(path).catch(() => null);
  const nearest = found === null ? await nearestExisting(path) : path;
  const space = await statfs(nearest).catch(() => null);
  const holder = found === null ? null : readHolder(path);
  return {
    exists: found !== null,
    writable: await access(nearest, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ),
    private: found === null || (found.mode & 0o077) === 0,
    freeBytes: space === null ? null : space.bavail * space.bsize,
    holder:
      holder === null || !isAlive(holder.pid)
        ? null
        : `process ${holder.pid} since ${holder.startedAt}`,
  };
}

async function nearestExisting(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return (await stat(parent).catch(() => null)) === null ? nearestExisting(parent) : parent;
}

/** Signal 0 asks whether a process is there and sends nothing. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Asks for the list of models without a key: refused, and free. Redirects are not followed. */
async function probeUpstream(url: string, proxy: string | null): Promise<UpstreamState> {
  const { fetch, ProxyAgent } = await import("undici");
  const started = performance.now();
  try {
    const response = await fetch(`${url}/v1/models`, {
      redirect: "manual",
      signal: AbortSignal.timeout(UPSTREAM_TIMEOUT_MS),
      ...(proxy === null ? {} : { dispatcher: new ProxyAgent(proxy) }),
    });
    await response.body?.cancel();
    const date = Date.parse(response.headers.get("date") ?? "");
    return {
      kind: "answers",
      status: response.status,
      tookMs: Math.round(performance.now() - started),
      clockAheadMs: Number.isNaN(date) ? null : Date.now() - date,
    };
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

/** The code of the innermost failure; never the address of a proxy, which may hold a password. */
function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return "unknown failure";
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.name;
}

function probePort(host: string, port: number): Promise<"free" | "taken"> {
  if (port === 0) return Promise.resolve("free");
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve("taken"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve("free")));
  });
}
