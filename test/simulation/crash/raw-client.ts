/**
 * A client without a library: it sends a Messages request and writes down a response at the very
 * byte that makes it complete, even when the connection breaks right behind it.
 */
import { Agent, request } from "undici";
import type { JsonObject } from "../../../src/base/index.ts";
import type { SeenResponse } from "../auditor/index.ts";
import { wireUsageOf } from "../served.ts";

/** A request body, ready to be sent. */
export type PlannedCall = { readonly body: string; readonly stream: boolean };

const REQUEST_TIMEOUT_MS = 30_000;

export function createConnections(): Agent {
  return new Agent({
    connections: 64,
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
  });
}

/** Calls `onComplete` at most once. Resolves whether or not the answer was complete. */
export async function callOnce(
  target: { readonly gateway: string; readonly agent: Agent },
  call: PlannedCall,
  onComplete: (seen: SeenResponse) => void,
): Promise<void> {
  const response = await request(`${target.gateway}/v1/messages`, {
    method: "POST",
    dispatcher: target.agent,
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2026-10-21",
      "x-api-key": "sk-ant-crash-proof",
    },
    body: call.body,
  });
  if (response.statusCode !== 200) {
    await response.body.dump();
    return;
  }
  if (call.stream) await readStream(response.body, onComplete);
  else onComplete(seenInMessage(JSON.parse(await response.body.text())));
}

async function readStream(
  body: AsyncIterable<Buffer>,
  onComplete: (seen: SeenResponse) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  let message: Message | null = null;
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const event = eventOf(text.slice(0, end));
      text = text.slice(end + 2);
      if (event.type === "message_start") message = event.message;
      if (event.type === "message_delta" && message !== null) {
        message = { ...message, usage: { ...message.usage, ...event.usage } };
      }
      if (event.type === "message_stop" && message !== null) onComplete(seenInMessage(message));
    }
  }
}

type Message = { readonly id: string; readonly model: string; readonly usage: JsonObject };
type StreamEvent =
  | { readonly type: "message_start"; readonly message: Message }
  | { readonly type: "message_delta"; readonly usage: JsonObject }
  | { readonly type: "message_stop" }
  | { readonly type: "other" };

function eventOf(frame: string): StreamEvent {
  const data = frame
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5))
    .join("\n");
  return JSON.parse(data);
}

function seenInMessage(message: Message): SeenResponse {
  return { messageId: message.id, model: message.model, usage: wireUsageOf(message.usage) };
}
