/**
 * A whole Message as the events of a stream ("streaming: sequence"), for a client that asked for a
 * stream and whose answer came by a batch.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../base/index.ts";

export function messageEvents(message: JsonObject): string {
  const { content, stop_reason, stop_sequence, stop_details, usage } = message;
  const blocks = Array.isArray(content) ? content.filter(isJsonObject) : [];
  const opening = { ...message, content: [], stop_reason: null, stop_sequence: null };
  const delta = { stop_reason: stop_reason ?? null, stop_sequence: stop_sequence ?? null };
  return [
    event({ type: "message_start", message: opening }),
    ...blocks.flatMap((block, index) => blockEvents(block, index)),
    event({
      type: "message_delta",
      delta: stop_details === undefined ? delta : { ...delta, stop_details },
      usage: usage ?? null,
    }),
    event({ type: "message_stop" }),
  ].join("");
}

/** An error after status 200 is an event of its own. */
export function errorEvent(body: JsonValue): string {
  const error = isJsonObject(body) && body.type === "error" ? body : { type: "error", error: body };
  return event({ ...error, type: "error" });
}

function blockEvents(block: JsonObject, index: number): readonly string[] {
  const { opening, deltas } = opened(block);
  return [
    event({ type: "content_block_start", index, content_block: opening }),
    ...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
    event({ type: "content_block_stop", index }),
  ];
}

/** What a block begins as, and what brings it to what it is; kinds that are not known come whole. */
function opened(block: JsonObject): {
  readonly opening: JsonObject;
  readonly deltas: readonly JsonObject[];
} {
  switch (block.type) {
    case "text": {
      const citations = Array.isArray(block.citations) ? block.citations : [];
      return {
        opening: { ...block, text: "", ...(citations.length > 0 ? { citations: [] } : {}) },
        deltas: [
          ...citations.map((citation) => ({ type: "citations_delta", citation })),
          { type: "text_delta", text: block.text ?? "" },
        ],
      };
    }
    case "thinking":
      return {
        opening: { ...block, thinking: "", signature: "" },
        deltas: [
          { type: "thinking_delta", thinking: block.thinking ?? "" },
          { type: "signature_delta", signature: block.signature ?? "" },
        ],
      };
    case "tool_use":
    case "server_tool_use":
      return {
        opening: { ...block, input: {} },
        deltas: [{ type: "input_json_delta", partial_json: JSON.stringify(block.input ?? {}) }],
      };
    default:
      return { opening: block, deltas: [] };
  }
}

function event(data: JsonObject): string {
  return `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
}
