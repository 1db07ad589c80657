const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** One server-sent event, as bytes until somebody asks for the text. */
export type SseEvent = {
  /** The `event` field; `null` when the stream names none. */
  readonly name: string | null;
  /** UTF-8 bytes of the data, its lines joined by a line feed; empty when oversized. */
  readonly dataBytes: Uint8Array;
  /** Byte of the stream at which the event's first line begins. */
  readonly start: number;
  /** The byte after the CR or LF that ends the event; of a CRLF, the LF is not counted. */
  readonly end: number;
  /** Whether the event was longer than the limit, and its data dropped. */
  readonly oversized: boolean;
  /** Whether the blank line that ends an event was seen. False only for what `end()` returns. */
  readonly terminated: boolean;
};

/** The data as text. Decodes anew on each call: ask once. */
export function sseDataText(event: SseEvent): string {
  return DECODER.decode(event.dataBytes);
}
