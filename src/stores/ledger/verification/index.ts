/**
 * verification: whether the ledger's files are what they should be, and say what they should say.
 *
 * Answers:   `ledger verify`: every finding with its file and offset.
 * Promises:  reads everything, changes nothing, works while the gateway writes. A flipped bit anywhere in
 *            the journal, the manifest or a part is found.
 * Does not:  repair (a start cuts a torn tail; the rest is for people and backups).
 * Start at:  verify.ts.
 */
export { verify } from "./verify.ts";
