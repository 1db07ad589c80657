/** The calls that the batch service makes itself, with the provider's key. */
import { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { isJsonObject } from "../../base/index.ts";
import { type BatchObject, readBatchObject } from "../../wire/batches/index.ts";

export type UpstreamOptions = {
  /** Base URL of the API. */
  readonly url: string;
  /** The provider's key; `null` when there is none, and then nothing is deferred. */
  readonly credential: () => string | null;
  readonly answerBytesMax: number;
  readonly timeoutMs: number;
};

export type CallVersion = {
  readonly apiVersion: string | null;
  readonly betas: readonly string[];
  /** For a gateway in between: put on every request of the batch. */
  readonly tags?: string;
};

export type UpstreamAnswer = {
  readonly status: number;
  readonly requestId: string | null;
  readonly contentType: string;
  readonly body: Buffer;
  /** `undefined` when the body is no JSON. */
  readonly value: unknown;
};

/** Each throws what undici throws when there is no answer. */
export type UpstreamCalls = {
  readonly create: (
    version: CallVersion,
    body: { readonly bytes: number; readonly pieces: AsyncIterable<Buffer> },
  ) => Promise<UpstreamAnswer>;
  readonly message: (version: CallVersion, body: Buffer) => Promise<UpstreamAnswer>;
  /** `null` when the provider knows no such batch. */
  readonly batch: (id: string) => Promise<BatchObject | null>;
  /** The newest first, one page. */
  readonly batches: (limit: number) => Promise<readonly BatchObject[]>;
  readonly results: (id: string) => AsyncIterable<Buffer>;
  readonly cancel: (id: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

const DEFAULT_VERSION = "2023-06-01";
const PATH = "/v1/messages/batches";

export function connectUpstreamCalls(options: UpstreamOptions): UpstreamCalls {
  const base = new URL(options.url);
  const prefix = base.pathname.replace(/\/+$/, "");
  const pool = new Pool(base.origin, {
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
  });
  const request = (call: Call) => send(pool, options, { ...call, path: prefix + call.path });
  const whole = async (call: Call) => wholeAnswer(await request(call), options.answerBytesMax);
  return {
    create: (version, { bytes, pieces }) =>
      whole({ method: "POST", path: PATH, version, bytes, body: Readable.from(pieces) }),
    message: (version, body) =>
      whole({ method: "POST", path: "/v1/messages", version, bytes: body.length, body }),
    batch: async (id) => batchIn(await whole({ method: "GET", path: `${PATH}/${segment(id)}` })),
    batches: async (limit) =>
      batchesIn(await whole({ method: "GET", path: `${PATH}?limit=${limit}` })),
    results: async function* (id) {
      const answer = await request({ method: "GET", path: `${PATH}/${segment(id)}/results` });
      if (answer.statusCode !== 200) {
        await answer.body.dump();
        throw new Error(`the results of ${id} were answered with ${answer.statusCode}`);
      }
      yield* answer.body as AsyncIterable<Buffer>;
    },
    cancel: async (id) => {
      await whole({ method: "POST", path: `${PATH}/${segment(id)}/cancel` });
    },
    close: () => pool.destroy(),
  };
}

type Call = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly version?: CallVersion;
  readonly bytes?: number;
  readonly body?: Buffer | Readable;
};

function send(pool: Pool, options: UpstreamOptions, call: Call): Promise<Dispatcher.ResponseData> {
  const { method, path, version, bytes, body } = call;
  return pool.request({
    ...{ method, path, body: body ?? null },
    headers: {
      "x-api-key": options.credential() ?? "",
      "anthropic-version": version?.apiVersion ?? DEFAULT_VERSION,
      ...(version === undefined || version.betas.length === 0
        ? {}
        : { "anthropic-beta": version.betas.join(",") }),
      ...(version?.tags === undefined ? {} : { "x-purser-tags": version.tags }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(bytes === undefined ? {} : { "content-length": String(bytes) }),
    },
  });
}

async function wholeAnswer(
  answer: Dispatcher.ResponseData,
  bytesMax: number,
): Promise<UpstreamAnswer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer.body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new Error("the upstream's answer is longer than the limit");
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const header = (name: string): string | null => {
    const value = answer.headers[name];
    return typeof value === "string" ? value : null;
  };
  return {
    status: answer.statusCode,
    requestId: header("request-id"),
    contentType: header("content-type") ?? "",
    body,
    value: parsed(body),
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function batchIn({ status, value }: UpstreamAnswer): BatchObject | null {
  if (status === 404) return null;
  const batch = status === 200 ? readBatchObject(value) : null;
  if (batch?.kind === "batch") return batch;
  throw new Error(`a batch was answered with ${status}`);
}

function batchesIn({ status, value }: UpstreamAnswer): readonly BatchObject[] {
  const rows = isJsonObject(value) && Array.isArray(value.data) ? value.data : null;
  if (status !== 200 || rows === null) {
    throw new Error(`the list of batches was answered with ${status}`);
  }
  return rows.flatMap((row) => {
    const batch = readBatchObject(row);
    return batch.kind === "batch" ? [batch] : [];
  });
}

function segment(id: string): string {
  return encodeURIComponent(id);
}
