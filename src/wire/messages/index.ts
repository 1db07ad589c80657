/**
 * wire/messages: the Messages API's shapes, in.
 *
 * Answers:   what a request asks for, block by block; what an answer used, whole or streamed; errors.
 * Promises:  both API versions read alike; unknown fields and events survive in `reported`; a usage
 *            object is read strictly or not at all; blocks are written out only when asked for.
 *            An edit of cache markers leaves every other byte as it was.
 * Does not:  write the wire anew, forward bytes, price anything.
 * Start at:  read-messages-request.ts, then message-stream-reader.ts and read-usage.ts; for edits
 *            splice-markers.ts.
 */

export type { ByteReading } from "./long-texts.ts";
export type { MarkerSurvey } from "./marker-places.ts";
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
  type ReportedMiss,
  readCountTokens,
  readMessage,
} from "./read-message.ts";
export { readMessagesBody, readMessagesRequest } from "./read-messages-request.ts";
export { readUsage, type UsageReading } from "./read-usage.ts";
export type {
  RequestContext,
  RequestReading,
  RequestSettings,
  RequestView,
  UnreadableRequest,
} from "./request-view.ts";
export {
  type LeftAlone,
  MARKERS_MAX,
  ownMarkersForbid,
  type SplicedMarker,
  type SpliceOutcome,
  type SpliceQuestion,
  spliceMarkers,
} from "./splice-markers.ts";
export { type SplicedSettings, spliceSettings } from "./splice-settings.ts";
