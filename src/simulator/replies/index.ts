/**
 * simulator/replies: what the simulated model answers.
 *
 * Answers:   the content blocks, the stop reason and the output tokens of a reply, from a script or
 *            from the scenario.
 * Promises:  the same seed and request give the same reply; never more than `max_tokens`.
 * Does not:  count the prompt, price, or write to a socket.
 * Start at:  compose-reply.ts.
 */
export type { ComposeContext } from "./compose-context.ts";
export { composeReply } from "./compose-reply.ts";
export { madeUpText } from "./made-up-text.ts";
export type { Reply } from "./reply.ts";
export type { ReplySpec, ScriptEntry } from "./reply-spec.ts";
export { SCENARIOS, type Scenario, scenarioNamed } from "./scenario.ts";
export { SCRIPT_ENTRIES_MAX, Script } from "./script.ts";
