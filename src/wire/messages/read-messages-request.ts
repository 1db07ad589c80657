/**
 * Reads a Messages request, of either API version. Tolerant: what the API would refuse is the API's
 * to refuse; a body that cannot be seen as a prompt at all is a typed outcome.
 */
import { isJsonObject, isTokenCount, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { PromptBlock } from "../../domain/prompt/index.ts";
import { lifetimeOf, promptBlockOf, utf8Length } from "./block-content.ts";
import { type LocatedBlock, type LocatedPrompt, locateBlocks } from "./locate-blocks.ts";
import { type BodyShape, locateFromEnds } from "./locate-from-ends.ts";
import { type ByteReading, type LongText, outlineOf } from "./long-texts.ts";
import { type MarkerSurvey, surveyMarkers } from "./marker-places.ts";
import { collectRawBlocks, type RawBlock, UnreadableBody } from "./raw-block.ts";
import { objectOrNull, textOrNull } from "./read-error.ts";
import { surveyRequest } from "./request-bounds.ts";
import type {
  RequestContext,
  RequestReading,
  RequestSettings,
  RequestView,
  UnreadableRequest,
} from "./request-view.ts";

/** A body as it came. Its long texts are read where they stand, and never made into strings. */
export function readMessagesBody(
  body: Uint8Array,
  context: RequestContext & ByteReading,
): RequestReading {
  try {
    const outline = outlineOf(body, context);
    const json = outline?.without?.json ?? context.decode(body, 0, body.length);
    const texts = outline?.without?.texts ?? [];
    const known = outline === null ? null : { body, located: outline.located };
    return readValue(JSON.parse(json), context, { texts, known });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return readValue(undefined, context, NOTHING_KNOWN);
  }
}

/** What was seen of the body's bytes before it was parsed. */
type SeenBytes = {
  readonly texts: readonly LongText[];
  readonly known: { readonly body: Uint8Array; readonly located: LocatedPrompt | null } | null;
};

const NOTHING_KNOWN: SeenBytes = { texts: [], known: null };

export function readMessagesRequest(value: unknown, context: RequestContext = {}): RequestReading {
  return readValue(value, context, NOTHING_KNOWN);
}

function readValue(value: unknown, context: RequestContext, seen: SeenBytes): RequestReading {
  if (!isJsonObject(value)) return unreadable({}, "", "is not a JSON object");
  const { model } = value;
  if (typeof model !== "string" || model === "") {
    return unreadable(value, "model", "is not a model id");
  }
  try {
    const request = view(value, model, context, seen);
    // Written out here, where a nesting deeper than the stack is told from a fault.
    request.blocks();
    return request;
  } catch (error) {
    if (error instanceof UnreadableBody) return unreadable(value, error.path, error.message);
    if (error instanceof RangeError)
      return unreadable(value, "", "is nested too deeply to be read");
    throw error;
  }
}

function view(
  body: JsonObject,
  model: string,
  context: RequestContext,
  { texts, known }: SeenBytes,
): RequestView {
  const raw = collectRawBlocks(body, texts);
  const survey = surveyRequest(body, raw);
  const byteLength = context.byteLength ?? utf8Length;
  let blocks: readonly PromptBlock[] | null = null;
  let markers: MarkerSurvey | null = null;
  const locate = (bytes: Uint8Array): LocatedPrompt | null =>
    known?.body === bytes ? known.located : locateBlocks(bytes);
  return {
    kind: "request",
    model,
    stream: body.stream === true,
    maxTokens: maxTokensOf(body),
    metadataUserId: userIdOf(body),
    settings: settingsOf(body, context, survey.hasImages),
    automaticMarker: lifetimeOf(body.cache_control),
    unbounded: survey.unbounded,
    outputFormatBytes: outputFormatBytes(body, byteLength),
    mayBePrewarmed: survey.unbounded.length === 0 && mayBePrewarmed(body),
    blockCount: raw.length,
    blocks: () => {
      blocks ??= raw.map((block) => promptBlockOf(block, byteLength));
      return blocks;
    },
    markerSurvey: () => {
      markers ??= surveyMarkers(raw);
      return markers;
    },
    locate,
    locateSome: (bytes, places) => {
      const some = known?.body === bytes ? null : locateFromEnds(bytes, shapeOf(body, raw), places);
      return some ?? allOf(locate(bytes), raw.length);
    },
  };
}

function shapeOf(body: JsonObject, raw: readonly RawBlock[]): BodyShape {
  const outside = raw.findIndex(({ section }) => section === "messages");
  return {
    members: Object.keys(body),
    outsideCount: outside === -1 ? raw.length : outside,
    blockCount: raw.length,
  };
}

/** `null` where the bytes have other blocks than were read. */
function allOf(
  located: LocatedPrompt | null,
  blockCount: number,
): ReadonlyMap<number, LocatedBlock> | null {
  if (located?.blocks.length !== blockCount) return null;
  return new Map(located.blocks.entries());
}

function settingsOf(
  body: JsonObject,
  context: RequestContext,
  hasImages: boolean,
): RequestSettings {
  return {
    apiVersion: context.apiVersion ?? null,
    betas: context.betas ?? [],
    serviceTier: textOrNull(body.service_tier),
    speed: textOrNull(body.speed),
    inferenceGeo: textOrNull(body.inference_geo),
    thinking: thinkingOf(body),
    effort: textOrNull(objectOrNull(body.output_config)?.effort),
    toolChoice: toolChoiceOf(body),
    hasImages,
  };
}

/** `output_format` is the older name of `output_config.format`. */
function outputFormatBytes(body: JsonObject, byteLength: (text: string) => number): number {
  const format = objectOrNull(objectOrNull(body.output_config)?.format ?? body.output_format);
  return format === null ? 0 : byteLength(JSON.stringify(format));
}

/**
 * Settings that forbid `max_tokens: 0`, and could not be left out without another prefix. `stream` is none of
 * them: it is not part of the prefix. What edits the context is left out of it too, to be on the safe side.
 */
function mayBePrewarmed(body: JsonObject): boolean {
  const { thinking, tool_choice: choice, output_config: config } = body;
  const isForced = isJsonObject(choice) && (choice.type === "any" || choice.type === "tool");
  const isFormatted = isJsonObject(config) && isPresent(config.format);
  const isThinking = isJsonObject(thinking) && thinking.type === "enabled";
  const others = [body.output_format, body.compaction, body.context_management, body.diagnostics];
  return !isForced && !isFormatted && !isThinking && !others.some(isPresent);
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}

function thinkingOf(body: JsonObject): string | null {
  const thinking = objectOrNull(body.thinking);
  const type = textOrNull(thinking?.type);
  const budget = thinking?.budget_tokens;
  return type !== null && isTokenCount(budget) ? `${type}:${budget}` : type;
}

function toolChoiceOf(body: JsonObject): string | null {
  const choice = objectOrNull(body.tool_choice);
  const type = textOrNull(choice?.type);
  return type !== null && choice?.disable_parallel_tool_use === true ? `${type}+serial` : type;
}

function maxTokensOf(body: JsonObject): number | null {
  return isTokenCount(body.max_tokens) ? body.max_tokens : null;
}

function userIdOf(body: JsonObject): string | null {
  return textOrNull(objectOrNull(body.metadata)?.user_id);
}

function unreadable(body: JsonObject, path: string, reason: string): UnreadableRequest {
  return {
    kind: "unreadable",
    reason,
    path,
    model: textOrNull(body.model),
    stream: body.stream === true,
    maxTokens: maxTokensOf(body),
    metadataUserId: userIdOf(body),
  };
}
