/**
 * present: outputs of operations as tables and sentences.
 *
 * Answers:   how an output reads on a terminal.
 * Promises:  shown rows add up to the shown total; estimated and unpriced are said apart.
 * Does not:  compute anything that the output does not hold.
 * Start at:  presenters.ts, then one file per operation.
 */
export { presentOutput } from "./presenters.ts";
