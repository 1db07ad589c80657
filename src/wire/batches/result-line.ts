/** One line of a batch's results ("message batches: results"). */
import { isJsonObject, type JsonObject } from "../../base/index.ts";

export type BatchResult = {
  readonly kind: "result";
  readonly customId: string;
  readonly end:
    | { readonly kind: "succeeded"; readonly message: JsonObject }
    | {
        readonly kind: "errored";
        /** The provider's `error.type`; `null` where it gives none. */
        readonly errorType: string | null;
        readonly requestId: string | null;
        /** The error in the shape in which the API answers one. */
        readonly error: JsonObject;
      }
    | { readonly kind: "canceled" }
    | { readonly kind: "expired" };
};

export type BatchResultReading =
  | BatchResult
  | { readonly kind: "unreadable"; readonly reason: string };

export function readResultLine(line: Buffer): BatchResultReading {
  const value = parsed(line);
  if (!isJsonObject(value)) return unreadable("a line is not JSON");
  const { custom_id: customId, result } = value;
  if (typeof customId !== "string" || customId === "") return unreadable("a line has no custom_id");
  if (!isJsonObject(result))
    return unreadable(`the line of ${customId.slice(0, 64)} has no result`);
  const end = endOf(result);
  return end === null
    ? unreadable(`the result of ${customId.slice(0, 64)} is of an unknown kind`)
    : { kind: "result", customId, end };
}

function endOf(result: JsonObject): BatchResult["end"] | null {
  switch (result.type) {
    case "succeeded":
      return isJsonObject(result.message) ? { kind: "succeeded", message: result.message } : null;
    case "errored":
      return { kind: "errored", ...errorOf(result.error) };
    case "canceled":
    case "expired":
      return { kind: result.type };
    default:
      return null;
  }
}

/** `{"type":"error","error":{"type",…},"request_id"}`. */
function errorOf(value: unknown) {
  const outer = isJsonObject(value) ? value : {};
  const inner = isJsonObject(outer.error) ? outer.error : {};
  return {
    errorType: typeof inner.type === "string" ? inner.type : null,
    requestId: typeof outer.request_id === "string" ? outer.request_id : null,
    error: outer,
  };
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
}

function unreadable(reason: string): BatchResultReading {
  return { kind: "unreadable", reason };
}
