/**
 * A gateway with its real ledger between a scripted upstream and raw clients, in one process. The
 * upstream is a plain TCP server that says exactly the bytes it is told, in the pieces it is told.
 */
import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, instant } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { compileLimits, type LimitPolicy } from "../../src/domain/policy/index.ts";
import {
  type BudgetGate,
  DEFAULT_GATEWAY_SETTINGS,
  type GatewayEvent,
  type GatewaySettings,
  type RunningGateway,
  startGateway,
} from "../../src/services/gateway/index.ts";
import type { LedgerWriter, OpenedEntry, SettledEntry } from "../../src/stores/contracts/index.ts";
import { openDataDirectory } from "../../src/stores/data-directory/index.ts";
import { openLedgerWriter } from "../../src/stores/ledger/index.ts";

export const SYSTEM_CLOCK: Clock = {
  now: () => instant(Date.now()),
  monotonicMs: () => performance.now(),
};

/** What an upstream connection received, and how it may answer. */
export type UpstreamCall = {
  /** Everything up to and with the blank line. */
  readonly head: string;
  readonly body: Buffer;
  readonly socket: Socket;
};

export type UpstreamScript = (call: UpstreamCall) => void | Promise<void>;

export type ScriptedUpstream = {
  readonly port: number;
  readonly url: string;
  script: UpstreamScript;
  readonly calls: UpstreamCall[];
  readonly close: () => Promise<void>;
};

/** Reads requests with a length or without a body, one after another, on each connection. */
export async function startUpstream(script: UpstreamScript): Promise<ScriptedUpstream> {
  const calls: UpstreamCall[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let buffered: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      const end = buffered.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = buffered.subarray(0, end + 4).toString("latin1");
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (buffered.length < end + 4 + length) return;
      const call = { head, body: buffered.subarray(end + 4, end + 4 + length), socket };
      buffered = buffered.subarray(end + 4 + length);
      calls.push(call);
      void upstream.script(call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: ScriptedUpstream = {
    port,
    url: `http://127.0.0.1:${port}`,
    script,
    calls,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return upstream;
}

export type GatewayBed = AsyncDisposable & {
  readonly gateway: RunningGateway;
  readonly upstream: ScriptedUpstream;
  /** The data directory, for a reader. */
  readonly directory: string;
  readonly opened: OpenedEntry[];
  readonly settled: SettledEntry[];
  readonly events: GatewayEvent[];
  /** Resolves once that many exchanges are settled. */
  readonly untilSettled: (count: number) => Promise<void>;
};

export type BedOptions = {
  readonly script?: UpstreamScript;
  readonly settings?: Partial<GatewaySettings>;
  /** Stands between the gateway and the real writer, for failures that a disk would give. */
  readonly wrapLedger?: (ledger: LedgerWriter) => LedgerWriter;
  readonly clock?: Clock;
  /** What may be spent; nothing is bounded by default. */
  readonly budgets?: BudgetGate;
  /** Limit policies; none by default. */
  readonly limits?: readonly LimitPolicy[];
  readonly upstreamUrl?: (port: number) => string;
};

export async function startBed(options: BedOptions = {}): Promise<GatewayBed> {
  const upstream = await startUpstream(options.script ?? (() => {}));
  const directory = mkdtempSync(join(tmpdir(), "purser-gateway-"));
  const clock = options.clock ?? SYSTEM_CLOCK;
  const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
  const data = openDataDirectory({ path: directory, clock, fillRandom });
  const writer = await openLedgerWriter({ directory: data, clock });
  const watched = watchLedger(options.wrapLedger?.(writer) ?? writer);
  const events: GatewayEvent[] = [];
  const upstreamUrl = options.upstreamUrl?.(upstream.port) ?? upstream.url;
  const gateway = await startGateway({
    settings: { ...DEFAULT_GATEWAY_SETTINGS, port: 0, upstream: upstreamUrl, ...options.settings },
    ledger: watched.ledger,
    catalogue: compileCatalogue(),
    ...(options.budgets === undefined ? {} : { budgets: options.budgets }),
    limits: compileLimits(options.limits ?? []),
    clock,
    fillRandom,
    installationSecret: data.secret,
    versions: { purser: "test", config: "test", prices: "test", policy: "test" },
    log: (event) => events.push(event),
  });
  return {
    gateway,
    upstream,
    directory,
    events,
    ...watched,
    [Symbol.asyncDispose]: async () => {
      await gateway.close({ graceMs: 0 });
      await upstream.close();
      await writer.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function watchLedger(inner: LedgerWriter) {
  const opened: OpenedEntry[] = [];
  const settled: SettledEntry[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const ledger: LedgerWriter = {
    ...inner,
    open: async (entry) => {
      await inner.open(entry);
      opened.push(entry);
    },
    settle: async (entry) => {
      await inner.settle(entry);
      settled.push(entry);
      for (const one of waiting) if (settled.length >= one.count) one.resolve();
    },
  };
  const untilSettled = (count: number): Promise<void> =>
    settled.length >= count
      ? Promise.resolve()
      : new Promise((resolve) => waiting.push({ count, resolve }));
  return { ledger, opened, settled, untilSettled };
}

export type RawAnswer = {
  readonly status: number;
  readonly statusText: string;
  /** Header lines in the order in which they came. */
  readonly lines: readonly (readonly [string, string])[];
  /** The body with its framing undone; what came of it when it was cut. */
  readonly body: Buffer;
  /** Whether the answer ended as its framing says. */
  readonly whole: boolean;
};

/** Sends raw bytes on a connection of their own and reads one answer, until it ends or is cut. */
export function sendRaw(port: number, request: Buffer | string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = parseAnswer(received, false);
      if (answer?.whole === true) {
        socket.destroy();
        resolve(answer);
      }
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => {
      const answer = parseAnswer(received, true);
      if (answer === null) reject(new Error(`no answer: ${received.toString("latin1")}`));
      else resolve(answer);
    });
    socket.write(request);
  });
}

export function header(answer: RawAnswer, name: string): string | null {
  return answer.lines.find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
}

/** `null` while the head is not whole. */
export function parseAnswer(bytes: Buffer, isClosed: boolean): RawAnswer | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const [first = "", ...rest] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const lines = rest.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const matched = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first);
  const status = Number(matched?.[1]);
  const value = (name: string) => lines.find(([key]) => key.toLowerCase() === name)?.[1];
  const after = bytes.subarray(end + 4);
  const head = { status, statusText: matched?.[2] ?? "", lines };
  if (value("transfer-encoding")?.toLowerCase() === "chunked")
    return { ...head, ...dechunk(after) };
  const length = value("content-length");
  if (length !== undefined && status !== 204 && status !== 304) {
    return {
      ...head,
      body: after.subarray(0, Number(length)),
      whole: after.length >= Number(length),
    };
  }
  return { ...head, body: after, whole: isClosed || status === 204 || status === 304 };
}

function dechunk(bytes: Buffer): { body: Buffer; whole: boolean } {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return { body: Buffer.concat(pieces), whole: false };
    const length = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    const start = lineEnd + 2;
    if (length === 0) {
      return { body: Buffer.concat(pieces), whole: bytes.length >= start + 2 };
    }
    pieces.push(bytes.subarray(start, Math.min(bytes.length, start + length)));
    at = start + length + 2;
    if (at > bytes.length) return { body: Buffer.concat(pieces), whole: false };
  }
}

/** One POST as a client writes it. */
export function postMessages(
  body: Buffer | string,
  headers: readonly string[] = [],
  path = "/v1/messages",
): Buffer {
  const bytes = Buffer.from(body);
  const lines = [
    `POST ${path} HTTP/1.1`,
    "Host: gateway.example",
    "content-type: application/json",
    ...headers,
    `content-length: ${bytes.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
}

/** Lets everything that is ready run, without waiting for time to pass. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
