/** Cuts a file of requests into parts, each of which a batch can hold. The file is read once for it. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { NewBatchJobPart } from "../../../stores/contracts/index.ts";
import { type FoundLine, readRequests, type Stretch } from "./read-requests.ts";

/** "message batches: limits"; bytes below the provider's 256 MB, which may mean millions. */
export const PART_LIMITS = { requestsMax: 100_000, bytesMax: 240_000_000 } as const;
export type PartLimits = { readonly requestsMax: number; readonly bytesMax: number };

/** Bad lines that are told of one by one; the rest is counted. */
const TOLD_MAX = 100;
const HEAD = Buffer.from('{"requests":[');
const TAIL = Buffer.from("]}");

export type BadLine = { readonly line: number; readonly what: string };

export type PartsPlan = {
  readonly parts: readonly NewBatchJobPart[];
  readonly requests: number;
  readonly badLines: number;
  /** The first of them. */
  readonly told: readonly BadLine[];
  readonly digest: string;
};

export async function planParts(path: string, limits: PartLimits): Promise<PartsPlan> {
  const { size } = await stat(path);
  const parts: NewBatchJobPart[] = [];
  const told: BadLine[] = [];
  const digest = createHash("sha256");
  let badLines = 0;
  let part = beginPart(0, { fromByte: 0, toByte: 0, fromLine: 1 });
  const tell = (line: number, what: string): void => {
    badLines += 1;
    if (told.length < TOLD_MAX) told.push({ line, what });
  };
  for await (const { number, endByte, found } of readRequests(path, whole(size))) {
    if (found.kind === "bad") tell(number, found.what);
    if (found.kind !== "request") continue;
    digest.update(found.item);
    const grown = part.bodyBytes + found.item.length + (part.ids.size === 0 ? 0 : 1);
    if (part.ids.size >= limits.requestsMax || (part.ids.size > 0 && grown > limits.bytesMax)) {
      parts.push(endPart(part));
      part = beginPart(parts.length, { ...part, fromByte: part.toByte, fromLine: part.nextLine });
    }
    if (part.ids.has(found.customId)) {
      tell(number, `its custom_id "${found.customId}" is taken within the batch`);
      continue;
    }
    part.bodyBytes += found.item.length + (part.ids.size === 0 ? 0 : 1);
    part.ids.add(found.customId);
    part.toByte = endByte;
    part.nextLine = number + 1;
  }
  if (part.ids.size > 0) parts.push(endPart(part));
  const requests = parts.reduce((sum, one) => sum + one.requests, 0);
  return { parts, requests, badLines, told, digest: digest.digest("hex") };
}

type OpenPart = {
  readonly number: number;
  readonly fromByte: number;
  readonly fromLine: number;
  readonly ids: Set<string>;
  toByte: number;
  nextLine: number;
  bodyBytes: number;
};

function beginPart(number: number, { fromByte, fromLine }: Stretch): OpenPart {
  const bodyBytes = HEAD.length + TAIL.length;
  return {
    number,
    fromByte,
    fromLine,
    ids: new Set(),
    toByte: fromByte,
    nextLine: fromLine,
    bodyBytes,
  };
}

function endPart({ ids, nextLine: _nextLine, ...part }: OpenPart): NewBatchJobPart {
  return { ...part, requests: ids.size };
}

function whole(size: number): Stretch {
  return { fromByte: 0, toByte: size, fromLine: 1 };
}

/** The requests of one part, as {@link planParts} counted them. */
export async function* requestsOf(
  path: string,
  part: Stretch,
): AsyncGenerator<FoundLine["found"] & { readonly kind: "request" }> {
  const ids = new Set<string>();
  for await (const { found } of readRequests(path, part)) {
    if (found.kind !== "request" || ids.has(found.customId)) continue;
    ids.add(found.customId);
    yield found;
  }
}

/** The body that creates the batch of a part. */
export async function* bodyOf(path: string, part: Stretch): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [HEAD];
  let bytes = HEAD.length;
  let isFirst = true;
  for await (const { item } of requestsOf(path, part)) {
    if (!isFirst) pieces.push(COMMA);
    isFirst = false;
    pieces.push(item);
    bytes += item.length + 1;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
  }
  yield Buffer.concat([...pieces, TAIL]);
}

const COMMA = Buffer.from(",");
const PIECE_BYTES = 64 * 1024;
