/** Reads one line of an event stream as bytes, without making a string of it. */
const COLON = 0x3a;
const SPACE = 0x20;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

const KNOWN_NAMES = [
  "content_block_delta",
  "content_block_start",
  "content_block_stop",
  "message_start",
  "message_delta",
  "message_stop",
  "ping",
  "error",
].map((name) => ({ name, bytes: new TextEncoder().encode(name) }));

export type FieldKind = "data" | "event" | "other";

/** Which field a line is; comments and fields we have no use for are `other`. */
export function fieldKind(line: Uint8Array): FieldKind {
  if (startsWithField(line, "data")) return "data";
  if (startsWithField(line, "event")) return "event";
  return "other";
}

/** What stands after the colon and its one optional space. A line without a colon has no value. */
export function fieldValue(line: Uint8Array, kind: "data" | "event"): Uint8Array {
  const after = kind.length + 1;
  return line.subarray(line[after] === SPACE ? after + 1 : after);
}

/** The name as a string; the provider's own names are never decoded twice. */
export function eventName(value: Uint8Array): string {
  for (const known of KNOWN_NAMES) if (sameBytes(known.bytes, value)) return known.name;
  return DECODER.decode(value);
}

function startsWithField(line: Uint8Array, name: string): boolean {
  if (line.length < name.length) return false;
  if (line.length > name.length && line[name.length] !== COLON) return false;
  for (let index = 0; index < name.length; index += 1) {
    if (line[index] !== name.charCodeAt(index)) return false;
  }
  return true;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1)
    if (left[index] !== right[index]) return false;
  return true;
}
