/** A whole Message, as the API answers without streaming. Both API versions have this shape. */
import { isJsonObject, isTokenCount, type JsonObject } from "../../base/index.ts";
import { objectOrNull, textOrNull } from "./read-error.ts";
import { readUsage, type UsageReading } from "./read-usage.ts";

/** The provider's own word for why a prompt was not read from its cache, and its own estimate. */
export type ReportedMiss = { readonly reason: string; readonly missedTokens: number | null };

/** What a Message says that decides its bill. */
export type MessageView = {
  readonly kind: "message";
  readonly id: string | null;
  /** The model that served it. */
  readonly model: string | null;
  readonly usage: UsageReading;
  /** The provider's usage object as it came, unknown fields and all; `null` when it has none. */
  readonly reported: JsonObject | null;
  readonly stopReason: string | null;
  /** `stop_details.category` of a refusal. */
  readonly stopCategory: string | null;
  /** `diagnostics.cache_miss_reason`; `null` when not asked for, pending, or no miss. */
  readonly reportedMiss: ReportedMiss | null;
  /** How many content blocks came; none before a refusal means that it produced no output. */
  readonly contentBlocks: number;
};

export type MessageReading =
  | MessageView
  | { readonly kind: "unreadable"; readonly reason: string; readonly path: string };

export function readMessage(value: unknown): MessageReading {
  if (!isJsonObject(value)) return unreadable("is not an object", "");
  if (value.type !== undefined && value.type !== "message") {
    return unreadable(`is not a message but "${String(value.type).slice(0, 40)}"`, "type");
  }
  if (value.type === undefined && !isJsonObject(value.usage)) {
    return unreadable("is neither a message nor has a usage", "");
  }
  const details = objectOrNull(value.stop_details);
  return {
    kind: "message",
    id: textOrNull(value.id),
    model: textOrNull(value.model),
    usage: readUsage(value.usage),
    reported: objectOrNull(value.usage),
    stopReason: textOrNull(value.stop_reason),
    stopCategory: textOrNull(details?.category),
    reportedMiss: readReportedMiss(value),
    contentBlocks: Array.isArray(value.content) ? value.content.length : 0,
  };
}

/** Longest word of the provider's that is kept. */
const REASON_CHARACTERS_MAX = 64;

/** Of a Message, or of the `message` in `message_start` ("prompt caching: diagnostics"). */
export function readReportedMiss(message: JsonObject): ReportedMiss | null {
  const miss = objectOrNull(objectOrNull(message.diagnostics)?.cache_miss_reason);
  const reason = textOrNull(miss?.type)?.slice(0, REASON_CHARACTERS_MAX) ?? null;
  const missed = miss?.cache_missed_input_tokens;
  if (reason === null) return null;
  return { reason, missedTokens: isTokenCount(missed) ? missed : null };
}

/** The answer of count_tokens: an estimate of the provider's, and free. `null` when unreadable. */
export function readCountTokens(value: unknown): number | null {
  if (!isJsonObject(value) || !isTokenCount(value.input_tokens)) return null;
  return value.input_tokens;
}

function unreadable(reason: string, path: string): MessageReading {
  return { kind: "unreadable", reason, path };
}
