/** The three loads: many connections, one connection, many streams. */
import { RawConnection, type Timing } from "./raw-client.ts";
import { requestBytes } from "./request-bytes.ts";
import { cpuMicroseconds, residentMegabytes, type Target } from "./targets.ts";

export const PROMPT_BYTES = 8_192;

export type Throughput = {
  readonly requestsPerSecond: number;
  readonly cpuMicrosecondsPerRequest: number | null;
  readonly residentMegabytes: number | null;
};
export type Latency = { readonly p50Ms: number; readonly p99Ms: number };
export type Streams = { readonly firstByte: Latency; readonly whole: Latency };

/** Drives `connections` back to back for `seconds`; every answer must be a 200. */
export async function measureThroughput(
  target: Target,
  connections: number,
  seconds: number,
): Promise<Throughput> {
  const cpuBefore = target.pid === null ? 0 : cpuMicroseconds(target.pid);
  const startedAt = performance.now();
  const timings = await drive(target, { connections, seconds, stream: false });
  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  const cpu = target.pid === null ? null : cpuMicroseconds(target.pid) - cpuBefore;
  return {
    requestsPerSecond: timings.length / elapsedSeconds,
    cpuMicrosecondsPerRequest: cpu === null ? null : cpu / timings.length,
    residentMegabytes: target.pid === null ? null : residentMegabytes(target.pid),
  };
}

export async function measureLatency(target: Target, seconds: number): Promise<Latency> {
  const timings = await drive(target, { connections: 1, seconds, stream: false });
  return latencyOf(timings.map((timing) => timing.totalMs));
}

export async function measureStreams(
  target: Target,
  connections: number,
  seconds: number,
): Promise<Streams> {
  const timings = await drive(target, { connections, seconds, stream: true });
  return {
    firstByte: latencyOf(timings.map((timing) => timing.firstByteMs)),
    whole: latencyOf(timings.map((timing) => timing.totalMs)),
  };
}

type Load = { readonly connections: number; readonly seconds: number; readonly stream: boolean };

async function drive(target: Target, load: Load): Promise<readonly Timing[]> {
  const request = requestBytes({
    path: target.path,
    promptBytes: PROMPT_BYTES,
    stream: load.stream,
    headers: target.headers,
  });
  const opened = await Promise.all(
    Array.from({ length: load.connections }, () => RawConnection.open(target.port)),
  );
  const timings: Timing[] = [];
  const until = performance.now() + load.seconds * 1_000;
  await Promise.all(
    opened.map(async (connection) => {
      while (performance.now() < until) {
        const timing = await connection.send(request);
        if (timing.status !== 200) throw new Error(`${target.name} answered ${timing.status}`);
        timings.push(timing);
      }
      connection.close();
    }),
  );
  return timings;
}

function latencyOf(values: readonly number[]): Latency {
  return { p50Ms: quantile(values, 0.5), p99Ms: quantile(values, 0.99) };
}

/** The value below which a share of the values lies; the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
