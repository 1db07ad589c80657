/**
 * The answer of a canned scenario: a fixed text, ids that are new each time, and prompt tokens by
 * the size of the body. Nothing is validated or cached, so that the upstream of a load test costs
 * as little as it can.
 */

import { DEFAULT_ASSUMPTIONS } from "../assumptions.ts";
import { invalidRequest } from "../faults/index.ts";
import { type Exchange, idLetters, readBody, sendFailure } from "../http/index.ts";
import { modelNamed } from "../models/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { messageEvents } from "./message-events.ts";
import { billUsage } from "./usage.ts";

const TEXT = "Every store is counted before the tide turns, and the ledger is true at dawn.";
const OUTPUT_TOKENS = 24;
const BODY_BYTES_PER_TOKEN = 4;

const ID = "%ID%";
const MODEL = "%MODEL%";
const INPUT = 987_654_321;

const WHOLE = template(JSON.stringify(cannedMessage()));
const STREAM = template(
  messageEvents(cannedMessage(), cannedMessage().content, {
    ...cannedMessage().usage,
    output_tokens: 1,
  })
    .map((event) => event.text)
    .join(""),
);

function cannedMessage() {
  return {
    model: MODEL,
    id: ID,
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: TEXT, citations: null }],
    stop_reason: "end_turn",
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: INPUT,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: OUTPUT_TOKENS,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: "standard",
      inference_geo: "global",
      speed: "standard",
    },
  };
}

function template(text: string): readonly string[] {
  return text.split(new RegExp(`(${ID}|${MODEL}|${INPUT})`));
}

function fill(parts: readonly string[], id: string, model: string, input: number): string {
  let text = "";
  for (const part of parts) {
    if (part === ID) text += id;
    else if (part === MODEL) text += model;
    else text += part === String(INPUT) ? input : part;
  }
  return text;
}

export async function handleCanned(state: SimulatorState, exchange: Exchange): Promise<void> {
  const bytes = await readBody(exchange.request);
  if (!Buffer.isBuffer(bytes)) return;
  exchange.body = bytes;
  const asked = readAsked(bytes);
  if (asked === null)
    return sendFailure(state, exchange, invalidRequest("The request body is not valid JSON"));
  const sequence = ++state.counted.messages;
  const id = state.calls.isOff
    ? `msg_01${sequence}`
    : `msg_01${idLetters(state.seed, "message", sequence)}`;
  const input = Math.ceil(bytes.length / BODY_BYTES_PER_TOKEN);
  noteCanned(exchange, { id, input, ...asked });
  const text = fill(asked.stream ? STREAM : WHOLE, id, asked.model, input);
  exchange.noteSent(text);
  exchange.response.writeHead(200, {
    "content-type": asked.stream ? "text/event-stream; charset=utf-8" : "application/json",
    "request-id": exchange.requestId,
    ...(asked.stream ? {} : { "content-length": Buffer.byteLength(text) }),
  });
  exchange.response.end(text);
}

type Asked = { readonly model: string; readonly stream: boolean };

function readAsked(bytes: Buffer): Asked | null {
  try {
    const body = JSON.parse(bytes.toString("utf8")) as { model?: unknown; stream?: unknown };
    return { model: JSON.stringify(String(body.model)).slice(1, -1), stream: body.stream === true };
  } catch {
    return null;
  }
}

function noteCanned(exchange: Exchange, told: Asked & { id: string; input: number }): void {
  const { facts } = exchange;
  facts.messageId = told.id;
  facts.requestModel = told.model;
  facts.model = told.model;
  facts.stream = told.stream;
  if (modelNamed(told.model) === null) return;
  const usage = { ...cannedMessage().usage, input_tokens: told.input };
  facts.billAtEnd = () => ({
    usage,
    bill: billUsage(
      usage,
      {
        model: told.model,
        serviceTier: "standard",
        atMs: exchange.startMs,
        speed: "standard",
        inferenceGeo: "global",
      },
      DEFAULT_ASSUMPTIONS,
    ),
  });
}
