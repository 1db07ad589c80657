/** The API's error bodies, and its `error` events after status 200. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";

export type ErrorReading = {
  /** `error.type`: `overloaded_error`, … */
  readonly type: string | null;
  readonly message: string | null;
  /** `error.details.error_code`, where there is one: branch on this, never on the message. */
  readonly errorCode: string | null;
  readonly requestId: string | null;
};

/** Reads `{"type":"error","error":{…}}`; `null` when the value is something else. */
export function readError(value: unknown): ErrorReading | null {
  if (!isJsonObject(value) || !isJsonObject(value.error)) return null;
  const { error } = value;
  const details = isJsonObject(error.details) ? error.details : null;
  return {
    type: textOrNull(error.type),
    message: textOrNull(error.message),
    errorCode: textOrNull(details?.error_code),
    requestId: textOrNull(value.request_id),
  };
}

export function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function objectOrNull(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}
