/** Which request a scripted reply or a fault is meant for. Every condition given must hold. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import { contentBlocks } from "../prompt/index.ts";

export type Match = {
  /**
   * What kind of call: a `message`, a `batch-item` (one request of a batch), or a `batch-call` (create,
   * get, list, cancel, delete, results). Without it, messages and batch items.
   */
  readonly part?: RequestPart;
  /** Method and path, as in `POST /v1/messages/batches`. */
  readonly route?: string | RegExp;
  readonly model?: string | RegExp;
  /** The text blocks of the last message, joined by newlines, when it is the user's. */
  readonly lastUserText?: string | RegExp;
  readonly systemText?: string | RegExp;
  /** The last message answers a tool call: `true` for any, or what its JSON holds. */
  readonly toolResult?: boolean | string | RegExp;
  readonly header?: { readonly name: string; readonly value?: string | RegExp };
  /** Counted from 1 over all Messages calls and batch items that reached the reply. */
  readonly nthCall?: number;
  readonly stream?: boolean;
  readonly where?: (request: ScriptedRequest) => boolean;
};

export type RequestPart = "message" | "batch-item" | "batch-call";

/** A request as scripts see it. */
export type ScriptedRequest = {
  readonly part: RequestPart;
  /** Of a batch item: the route of the call that created its batch. */
  readonly route: string;
  readonly model: string;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  readonly nthCall: number;
  readonly stream: boolean;
};

export function matches(match: Match | undefined, request: ScriptedRequest): boolean {
  if (match === undefined) return request.part !== "batch-call";
  return (
    (match.part === undefined ? request.part !== "batch-call" : match.part === request.part) &&
    fits(match.route, request.route) &&
    fits(match.model, request.model) &&
    fits(match.lastUserText, () => lastUserText(request.body)) &&
    fits(match.systemText, () => systemText(request.body)) &&
    fitsToolResult(match.toolResult, request.body) &&
    fitsHeader(match.header, request.headers) &&
    (match.nthCall === undefined || match.nthCall === request.nthCall) &&
    (match.stream === undefined || match.stream === request.stream) &&
    (match.where === undefined || match.where(request))
  );
}

/** A string must be contained, a pattern must match. */
function fits(wanted: string | RegExp | undefined, actual: string | (() => string)): boolean {
  if (wanted === undefined) return true;
  const text = typeof actual === "string" ? actual : actual();
  if (typeof wanted === "string") return text.includes(wanted);
  wanted.lastIndex = 0;
  return wanted.test(text);
}

function lastMessage(body: JsonObject): JsonObject | null {
  const last = Array.isArray(body.messages) ? body.messages.at(-1) : undefined;
  return isJsonObject(last) && last.role === "user" ? last : null;
}

export function lastUserText(body: JsonObject): string {
  return textOf(contentBlocks(lastMessage(body)?.content));
}

function systemText(body: JsonObject): string {
  return textOf(contentBlocks(body.system));
}

function textOf(blocks: readonly JsonObject[]): string {
  const texts = blocks.filter((block) => block.type === "text").map((block) => String(block.text));
  return texts.join("\n");
}

/** The tool results of the last message; empty when it is not an answer to a tool call. */
export function lastToolResults(body: JsonObject): readonly JsonObject[] {
  return contentBlocks(lastMessage(body)?.content).filter((block) => block.type === "tool_result");
}

function fitsToolResult(wanted: Match["toolResult"], body: JsonObject): boolean {
  if (wanted === undefined) return true;
  const results = lastToolResults(body);
  if (typeof wanted === "boolean") return wanted === results.length > 0;
  return results.some((block) => fits(wanted, JSON.stringify(block)));
}

function fitsHeader(wanted: Match["header"], headers: Readonly<Record<string, string>>): boolean {
  if (wanted === undefined) return true;
  const actual = headers[wanted.name.toLowerCase()];
  return actual !== undefined && fits(wanted.value, actual);
}
