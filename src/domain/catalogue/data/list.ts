import type { ModelFacts } from "../model-facts.ts";
import { CLAUDE_1_AND_2 } from "./claude-1-and-2.ts";
import { FABLE_AND_MYTHOS } from "./fable-mythos.ts";
import { HAIKU } from "./haiku.ts";
import { OPUS } from "./opus.ts";
import { SONNET } from "./sonnet.ts";

/** Every Claude model that we know, newest line first. */
export const LISTED_MODELS: readonly ModelFacts[] = [
  ...FABLE_AND_MYTHOS,
  ...OPUS,
  ...SONNET,
  ...HAIKU,
  ...CLAUDE_1_AND_2,
];
