/** The requests of a JSONL file, a line at a time, whatever the file's size. */
import { createReadStream } from "node:fs";
import { isJsonObject } from "../../../base/index.ts";
import { CUSTOM_ID_PATTERN, createLineSplitter } from "../../../wire/batches/index.ts";

/** A Messages request has at most 32 MB ("errors and limits"). */
export const LINE_BYTES_MAX = 32 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

export type FoundRequest =
  | { readonly kind: "request"; readonly customId: string; readonly item: Buffer }
  | { readonly kind: "bad"; readonly what: string }
  | { readonly kind: "empty" };

export type FoundLine = {
  /** From 1 on. */
  readonly number: number;
  /** Where the next one begins. */
  readonly endByte: number;
  readonly found: FoundRequest;
};

export type Stretch = {
  readonly fromByte: number;
  readonly toByte: number;
  readonly fromLine: number;
};

/** Lines of a stretch of the file, the bad ones too. What fails is the file's reading alone. */
export async function* readRequests(
  path: string,
  { fromByte, toByte, fromLine }: Stretch,
): AsyncGenerator<FoundLine> {
  if (toByte <= fromByte) return;
  const stream = createReadStream(path, {
    ...{ start: fromByte, end: toByte - 1, highWaterMark: PIECE_BYTES },
  });
  let number = fromLine;
  let pieceStart = fromByte;
  // Its ends are looked for here as well, because the splitter gives lines without their ends.
  const splitter = createLineSplitter(LINE_BYTES_MAX);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    let at = 0;
    for (const line of splitter.feed(piece)) {
      at = piece.indexOf(NEWLINE, at) + 1;
      yield { number, endByte: pieceStart + at, found: requestOf(line, number) };
      number += 1;
    }
    pieceStart += piece.length;
  }
  const last = splitter.end();
  if (last !== undefined) yield { number, endByte: toByte, found: requestOf(last, number) };
}

const NEWLINE = 0x0a;
const BOM = Buffer.from("\ufeff");

function requestOf(line: Buffer | null, number: number): FoundRequest {
  if (line === null) return { kind: "bad", what: `is longer than ${LINE_BYTES_MAX} bytes` };
  const bytes = number === 1 && line.subarray(0, 3).equals(BOM) ? line.subarray(3) : line;
  const text = bytes.toString("utf8");
  if (text.trim() === "") return { kind: "empty" };
  const value = parsed(text);
  if (!isJsonObject(value)) return { kind: "bad", what: "is not a JSON object" };
  if (!Object.hasOwn(value, "params") && !Object.hasOwn(value, "custom_id")) {
    const customId = `line-${number}`;
    const head = Buffer.from(`{"custom_id":"${customId}","params":`);
    return checked(customId, value, Buffer.concat([head, bytes, Buffer.from("}")]));
  }
  const { custom_id: customId, params } = value;
  if (typeof customId !== "string" || !CUSTOM_ID_PATTERN.test(customId)) {
    return { kind: "bad", what: "has no custom_id of 1 to 64 letters, digits, _ and -" };
  }
  return checked(customId, params, bytes);
}

function checked(customId: string, params: unknown, item: Buffer): FoundRequest {
  if (!isJsonObject(params)) return { kind: "bad", what: "has no params" };
  const missing = ["model", "max_tokens", "messages"].find((name) => !Object.hasOwn(params, name));
  if (missing !== undefined) return { kind: "bad", what: `its params have no ${missing}` };
  return { kind: "request", customId, item };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
