/**
 * simulator/calls: the provider's side of the books, for an auditor.
 *
 * Answers:   which calls came, what each was billed, and how it ended.
 * Promises:  bounded; nothing kept when it is turned off.
 * Does not:  hold bodies; hashes of them are enough to compare byte for byte.
 * Start at:  call-record.ts.
 */
export { CALL_RECORDS_MAX, CallBook } from "./call-book.ts";
export type { BatchItemRef, CallOutcome, CallRecord } from "./call-record.ts";
