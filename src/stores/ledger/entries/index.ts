/**
 * entries: a ledger entry as one line of JSON, and back.
 *
 * Answers:   how an entry is written, and what a written line means.
 * Promises:  amounts are exact decimal strings; what is written reads back the same; fields that a
 *            newer Purser added survive being read and written again.
 * Does not:  frame, checksum or store lines (journal does).
 * Start at:  encode-entry.ts.
 */
export { type DecodedEntry, decodeEntry } from "./decode-entry.ts";
export { checkEntry, encodedForm, encodeEntry } from "./encode-entry.ts";
