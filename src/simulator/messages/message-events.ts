/** A message as the events of its stream ("streaming"). */
import type { JsonObject } from "../../base/index.ts";
import { deltaUsage } from "./usage.ts";

export type StreamEvent = {
  readonly name: string;
  /** `event: …\ndata: …\n\n` */
  readonly text: string;
  /** Characters of the reply's own content in it, to tell how much of the output was sent. */
  readonly contentLength: number;
};

/** Characters of content in one delta. */
const DELTA_LENGTH = 24;

export function messageEvents(
  message: JsonObject,
  content: readonly JsonObject[],
  usageAtStart: JsonObject,
): readonly StreamEvent[] {
  const { stop_reason, stop_sequence, stop_details, usage, container } = message;
  const opened = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: usageAtStart,
  };
  return [
    event("message_start", { message: opened }),
    event("ping", {}),
    ...content.flatMap(blockEvents),
    event("message_delta", {
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage: deltaUsage(usage as JsonObject),
    }),
    event("message_stop", {}),
  ];
}

function event(name: string, fields: JsonObject, contentLength = 0): StreamEvent {
  const text = `event: ${name}\ndata: ${JSON.stringify({ type: name, ...fields })}\n\n`;
  return { name, text, contentLength };
}

function blockEvents(block: JsonObject, index: number): readonly StreamEvent[] {
  const { opened, deltas } = takeApart(block);
  return [
    event("content_block_start", { index, content_block: opened }),
    ...deltas.map((delta) => event("content_block_delta", { index, delta }, lengthOf(delta))),
    event("content_block_stop", { index }),
  ];
}

type TakenApart = { readonly opened: JsonObject; readonly deltas: readonly JsonObject[] };

/** A block as it is opened, and the deltas that fill it. */
function takeApart(block: JsonObject): TakenApart {
  switch (block.type) {
    case "text":
      return {
        opened: { ...block, text: "" },
        deltas: pieces(block.text).map((text) => ({ type: "text_delta", text })),
      };
    case "thinking":
      return {
        opened: { ...block, thinking: "", signature: "" },
        deltas: [
          ...pieces(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking })),
          { type: "signature_delta", signature: block.signature },
        ],
      };
    case "tool_use":
    case "server_tool_use":
      return {
        opened: { ...block, input: {} },
        deltas: ["", ...pieces(JSON.stringify(block.input ?? {}))].map((partial_json) => ({
          type: "input_json_delta",
          partial_json,
        })),
      };
    default:
      return { opened: block, deltas: [] };
  }
}

/** Cuts by characters, never inside a surrogate pair. */
function pieces(text: unknown): readonly string[] {
  const characters = typeof text === "string" ? text : "";
  const cut: string[] = [];
  let start = 0;
  while (start < characters.length) {
    let end = Math.min(characters.length, start + DELTA_LENGTH);
    const last = characters.charCodeAt(end - 1);
    if (end < characters.length && last >= 0xd800 && last <= 0xdbff) end += 1;
    cut.push(characters.slice(start, end));
    start = end;
  }
  return cut;
}

function lengthOf(delta: JsonObject): number {
  const value = delta.text ?? delta.thinking ?? delta.partial_json;
  return typeof value === "string" ? value.length : 0;
}
