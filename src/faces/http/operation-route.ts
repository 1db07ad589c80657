/** Derives a route from an operation: where it is, how it is asked, how it answers. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Context } from "hono";
import { z } from "zod";
import { isJsonObject, PurserError } from "../../base/index.ts";
import {
  checkInput,
  describeInput,
  type Operation,
  type OperationContext,
  readTexts,
} from "../../operations/index.ts";

export type OperationRoute = {
  readonly method: "get" | "post";
  readonly path: string;
  readonly operation: Operation;
  /** Without the fields that only this machine's own user may give. */
  readonly input: Operation["input"];
};

/** Reads whose input is short are asked by GET; all else by POST with a JSON object. */
export function routeOf(operation: Operation): OperationRoute {
  const short = operation.effects === "reads" && operation.standardInput === undefined;
  const hidden = operation.localFields ?? [];
  const shape = Object.entries(operation.input.shape).filter(([name]) => !hidden.includes(name));
  return {
    method: short ? "get" : "post",
    path: `/api/${operation.path.join("/")}`,
    operation,
    input: z.strictObject(Object.fromEntries(shape)),
  };
}

/** What a request asks of an operation. Errors: `CONTROL_BODY_INVALID`, those of a wrong input. */
export async function inputOf(
  route: OperationRoute,
  request: Context["req"],
): Promise<Record<string, unknown>> {
  const given = route.method === "get" ? queryInput(route, request) : await bodyInput(request);
  return checkInput({ ...route.operation, input: route.input }, given);
}

export async function answerOperation(
  route: OperationRoute,
  request: Context["req"],
  context: OperationContext,
): Promise<Response> {
  const { operation } = route;
  const input = await inputOf(route, request);
  const output = await operation.run(operation.input.parse(input), context);
  return operation.answersFile === true ? answerFile(output) : Response.json(output);
}

/** Repeated names and commas make a list, as on the command line. Unknown names stay, to be refused. */
function queryInput(route: OperationRoute, request: Context["req"]): Record<string, unknown> {
  const fields = describeInput(route.input);
  const queries = request.queries();
  const known = new Set(fields.map((field) => field.name));
  const unknown = Object.keys(queries).filter((name) => !known.has(name));
  return {
    ...readTexts(fields, queries),
    ...Object.fromEntries(unknown.map((name) => [name, ""])),
  };
}

/** Errors: `CONTROL_BODY_INVALID`. */
async function bodyInput(request: Context["req"]): Promise<unknown> {
  const type = request.header("content-type") ?? "";
  const value: unknown = /^application\/json\b/i.test(type)
    ? await request.json().catch((error: unknown) => {
        // A body over the limit fails with its own error; anything else was not JSON.
        if (error instanceof PurserError) throw error;
        return null;
      })
    : null;
  if (isJsonObject(value)) return value;
  throw new PurserError("CONTROL_BODY_INVALID", { what: "the body is not a JSON object" });
}

/** The file itself is the answer. The stream holds it open, so it may be removed meanwhile. */
async function answerFile(output: unknown): Promise<Response> {
  const answer = isJsonObject(output) ? output : {};
  const file = String(answer.file);
  const { size } = await stat(file);
  const stream = createReadStream(file);
  await new Promise<void>((resolve, reject) => {
    stream.once("open", () => resolve());
    stream.once("error", reject);
  });
  const extension = file.slice(file.lastIndexOf(".") + 1);
  // The web type and Node's own differ in name only.
  const body = Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>;
  return new Response(body, {
    headers: {
      "content-type": String(answer.media_type),
      "content-length": String(size),
      "content-disposition": `attachment; filename="purser-ledger.${extension}"`,
      "x-purser-rows": String(answer.rows),
    },
  });
}
