/**
 * simulator/prompt: a request as the prompt cache and the token counter see it.
 *
 * Answers:   which blocks in which order, how many tokens each, where the markers are, what the
 *            prefix up to each block hashes to.
 * Promises:  the tokens of the units sum to the prompt; markers never change a hash.
 * Does not:  know what is cached, validate, or price.
 * Start at:  render-prompt.ts.
 */
export type { CacheMarker, PromptSection, PromptUnit, RenderedPrompt } from "./prompt-unit.ts";
export { countBlock } from "./render-block.ts";
export { contentBlocks } from "./render-messages.ts";
export { type RenderContext, renderPrompt } from "./render-prompt.ts";
export { messageParameters } from "./section-seeds.ts";
