/**
 * wire/messages: the Messages API's shapes, in.
 *
 * Answers:   what a request asks for, block by block; what an answer used, whole or streamed; errors.
 * Promises:  both API versions read alike; unknown fields and events survive in `reported`; a usage
 *            object is read strictly or not at all; blocks are written out only when asked for.
 * Does not:  write the wire, forward bytes, price anything.
 * Start at:  read-messages-request.ts, then message-stream-reader.ts and read-usage.ts.
 */
export {
  createMessageStreamReader,
  type MessageStreamReader,
  messageEventType,
  type StreamedMessageView,
} from "./message-stream-reader.ts";
export { type ErrorReading, readError } from "./read-error.ts";
export {
  type MessageReading,
  type MessageView,
  readCountTokens,
  readMessage,
} from "./read-message.ts";
export { readMessagesRequest } from "./read-messages-request.ts";
export { readUsage, type UsageReading } from "./read-usage.ts";
export type {
  RequestContext,
  RequestReading,
  RequestSettings,
  RequestView,
  UnreadableRequest,
} from "./request-view.ts";
