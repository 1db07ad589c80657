/** What each class of miss is called, and what mends it. docs/concepts/cache-misses.md says more. */
import type { MissCause } from "../../domain/prompt-cache/index.ts";

export type MissAdvice = {
  readonly title: string;
  readonly advice: string;
  /** Who can mend it: the client's code, the gateway by its markers, or nobody here. */
  readonly mendedBy: "client" | "markers" | "nobody";
};

const MOVE_OUT =
  "Keep the system text the same for every request: move this value into the last user message, or into a system message at the end where the model takes one.";

export const MISS_ADVICE: Readonly<Record<MissCause, MissAdvice>> = {
  "model-changed": {
    title: "the model changed",
    mendedBy: "client",
    advice:
      "Stay on one model within a conversation; give another model a short conversation of its own.",
  },
  "speed-changed": {
    title: "the speed changed",
    mendedBy: "client",
    advice: "Stay on one speed within a conversation: fast and standard do not share entries.",
  },
  "tool-edited": {
    title: "a tool definition changed",
    mendedBy: "client",
    advice: "Keep tool definitions fixed; put what varies into the messages.",
  },
  "tool-added": {
    title: "a tool was added",
    mendedBy: "client",
    advice:
      "Send all tools from the beginning, or add one with a tool_addition block or deferred tools, which keep the prefix.",
  },
  "tool-removed": {
    title: "a tool was removed",
    mendedBy: "client",
    advice:
      "Keep sending the tool and forbid its use by tool_choice or in words, or take it out with a tool_removal block.",
  },
  "tools-reordered": {
    title: "tools came in another order",
    mendedBy: "client",
    advice: "Sort tools by name before every request.",
  },
  "system-timestamp": {
    title: "a timestamp in the system text",
    mendedBy: "client",
    advice: MOVE_OUT,
  },
  "system-date": { title: "a date in the system text", mendedBy: "client", advice: MOVE_OUT },
  "system-uuid": { title: "a UUID in the system text", mendedBy: "client", advice: MOVE_OUT },
  "system-counter": { title: "a counter in the system text", mendedBy: "client", advice: MOVE_OUT },
  "system-nonce": {
    title: "a random token in the system text",
    mendedBy: "client",
    advice: MOVE_OUT,
  },
  "system-text": {
    title: "other words in the system text",
    mendedBy: "client",
    advice:
      "Split the system text: what holds for every request first, what changes in a block at the end.",
  },
  "tool-choice-changed": {
    title: "tool_choice changed",
    mendedBy: "client",
    advice: "Keep tool_choice and disable_parallel_tool_use the same within a conversation.",
  },
  "thinking-changed": {
    title: "thinking settings changed",
    mendedBy: "client",
    advice: "Keep the mode and the budget of thinking the same within a conversation.",
  },
  "effort-changed": {
    title: "effort changed",
    mendedBy: "client",
    advice:
      "Keep output_config.effort the same, or change it for single messages by the beta that keeps the prefix.",
  },
  "images-changed": {
    title: "images appeared or went away",
    mendedBy: "client",
    advice: "Bring the first image early, and do not take the last one out of the history.",
  },
  "history-edited": {
    title: "an earlier message changed",
    mendedBy: "client",
    advice:
      "Only append to the history. Shorten it rarely and by much, not at every turn; keep times and counters out of old messages.",
  },
  "lookback-overrun": {
    title: "the last entry was more than 20 positions back",
    mendedBy: "markers",
    advice: "Keep a second marker where the last request ended, or mark every 15 blocks or so.",
  },
  expired: {
    title: "the entry had expired",
    mendedBy: "markers",
    advice: "Mark for an hour, or keep it alive, where the sums beside this say that it pays.",
  },
  "too-short": {
    title: "the prefix is too short for the model",
    mendedBy: "nobody",
    advice:
      "The model caches nothing so short. Take a model with a lower minimum, or bring fixed material forward; marking it changes nothing.",
  },
  "never-marked": {
    title: "what is repeated was never marked",
    mendedBy: "markers",
    advice:
      "Set cache_control on the last block that the next request repeats, or let the gateway do it.",
  },
  "written-never-read": {
    title: "written and never read",
    mendedBy: "markers",
    advice:
      "Do not mark what is not sent again; where only the beginning is shared, mark its end and not the end of the prompt.",
  },
  "lifetime-too-long": {
    title: "an hour was paid where five minutes were enough",
    mendedBy: "markers",
    advice: "Mark for five minutes; every read keeps the entry alive for another five.",
  },
  stampede: {
    title: "two of the same at once",
    mendedBy: "markers",
    advice:
      "Send one first and the others once its response has begun, or let the gateway hold them.",
  },
  unexplained: {
    title: "not explained by anything seen here",
    mendedBy: "nobody",
    advice:
      "Either the provider dropped the entry early, or kept one longer than it promises, or another program of the workspace used it. Ask for the provider's own diagnostics.",
  },
};
