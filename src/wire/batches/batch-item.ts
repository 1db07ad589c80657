/** One request of a batch. Its `params` are a Messages request, and read as one. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import { CUSTOM_ID_PATTERN } from "./limits.ts";

export type BatchItem = {
  readonly kind: "item";
  readonly customId: string;
  readonly params: JsonObject;
};

export type BatchItemReading = BatchItem | { readonly kind: "unreadable"; readonly reason: string };

export function readBatchItem(bytes: Buffer): BatchItemReading {
  const value = parsed(bytes);
  if (!isJsonObject(value)) return unreadable("a request is not JSON");
  const { custom_id: customId, params } = value;
  if (typeof customId !== "string" || !CUSTOM_ID_PATTERN.test(customId)) {
    return unreadable("a request has no custom_id of 1 to 64 letters, digits, _ and -");
  }
  if (!isJsonObject(params)) return unreadable(`the request ${customId} has no params`);
  return { kind: "item", customId, params };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function unreadable(reason: string): BatchItemReading {
  return { kind: "unreadable", reason };
}
