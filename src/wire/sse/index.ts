/**
 * wire/sse: server-sent events out of a stream of bytes.
 *
 * Answers:   which events a stream holds, and at which byte each begins and ends.
 * Promises:  the same events however the bytes are cut; bytes are decoded only when asked for; an
 *            event longer than a named limit loses its data, is marked so, and never stops the parser.
 * Does not:  know what an event means (wire/messages does), reconnect, or write events.
 * Start at:  sse-parser.ts.
 */
export { type SseEvent, sseDataText } from "./sse-event.ts";
export {
  createSseParser,
  SSE_EVENT_BYTES_MAX,
  type SseParser,
  type SseParserOptions,
} from "./sse-parser.ts";
