/**
 * simulator/validation: what the API refuses before it answers, and in which words.
 *
 * Answers:   the error of a Messages or count_tokens request, or none.
 * Promises:  the first fault found is the one reported, in the API's shape.
 * Does not:  check every tool type's own fields; unknown fields pass when a beta is named.
 * Start at:  validate-request.ts.
 */
export { type RequestContext, servedSpeed, validateRequest } from "./validate-request.ts";
