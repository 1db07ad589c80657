/** Seeded text of an exact number of tokens, by the simulator's own counter. */
import { type Random, randomInteger } from "../../base/index.ts";
import { countText, type Tokenizer } from "../tokens/index.ts";

const WORDS = (
  "the ship keeps its ledger true and every store is counted before the tide turns at dawn " +
  "account balance measure voyage harbour provision manifest schedule answer request context " +
  "review order detail record notice supply carrier weather captain purser signal anchor cargo " +
  "we can see that this plan works so the crew may sail on with care and a clear head"
).split(" ");
const SENTENCE_WORDS_MIN = 6;
const SENTENCE_WORDS_MAX = 16;

type SizedWord = { readonly word: string; readonly tokens: number };

const SIZED: Record<Tokenizer, readonly SizedWord[]> = {
  newer: sized("newer"),
  older: sized("older"),
};

function sized(tokenizer: Tokenizer): readonly SizedWord[] {
  return WORDS.map((word) => ({ word, tokens: countText(word, tokenizer) }));
}

/** Text of exactly `tokens` tokens; sentences of made-up words. */
export function madeUpText(random: Random, tokens: number, tokenizer: Tokenizer): string {
  const words = SIZED[tokenizer];
  const parts: string[] = [];
  let left = tokens;
  let untilStop = randomInteger(random, SENTENCE_WORDS_MIN, SENTENCE_WORDS_MAX);
  while (left > 0) {
    const chosen = words[randomInteger(random, 0, words.length - 1)];
    const fitting =
      chosen !== undefined && chosen.tokens <= left ? chosen : { word: "on", tokens: 1 };
    left -= fitting.tokens;
    untilStop -= 1;
    const stops = untilStop <= 0 && left > 0;
    parts.push(stops ? `${fitting.word}.` : fitting.word);
    if (!stops) continue;
    left -= 1;
    untilStop = randomInteger(random, SENTENCE_WORDS_MIN, SENTENCE_WORDS_MAX);
  }
  return parts.join(" ");
}

/** The longest beginning of `text` of at most `tokens` tokens, cut between words where it can. */
export function cutText(text: string, tokens: number, tokenizer: Tokenizer): string {
  if (countText(text, tokenizer) <= tokens) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (countText(text.slice(0, middle), tokenizer) <= tokens) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low);
}
