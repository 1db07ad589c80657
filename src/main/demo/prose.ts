/** Seeded text of a wanted length. It reads like office prose, so that token counters see words. */
import { type Random, randomChoice, randomInteger, seededRandom } from "../../base/index.ts";

const SUBJECTS = [
  "The invoice",
  "A shipped order",
  "The customer's account",
  "Our return policy",
  "The second warehouse",
  "An open ticket",
  "The quarterly review",
  "Any late delivery",
  "The signed contract",
  "A partner's request",
] as const;

const VERBS = [
  "is checked against",
  "must not override",
  "follows from",
  "replaces",
  "is recorded beside",
  "takes precedence over",
  "depends on",
  "refers back to",
] as const;

const OBJECTS = [
  "the terms agreed in writing",
  "the figures of the previous month",
  "the carrier's tracking record",
  "the limits set for this region",
  "whatever the duty manager decided",
  "the list kept by the finance team",
  "section four of the handbook",
  "the price on the day of the order",
] as const;

const ENDINGS = [
  "unless the client has asked otherwise",
  "before anything is promised",
  "within two working days",
  "and the reason is noted",
  "even when the amount is small",
  "as long as both sides confirm it",
] as const;

/** Prose of at least `characters` characters, the same for the same random source. */
export function makeProse(random: Random, characters: number): string {
  const sentences: string[] = [];
  for (let length = 0; length < characters; ) {
    const sentence = makeSentence(random);
    sentences.push(sentence);
    length += sentence.length + 1;
  }
  return sentences.join(" ");
}

/** Prose named by a text, for what must be the same on every use: system prompts, documents. */
export function namedProse(name: string, characters: number): string {
  let seed = 2_166_136_261;
  for (const character of name) seed = Math.imul(seed ^ character.charCodeAt(0), 16_777_619);
  return makeProse(seededRandom(seed >>> 0), characters);
}

function makeSentence(random: Random): string {
  const subject = randomChoice(random, SUBJECTS);
  const verb = randomChoice(random, VERBS);
  const object = randomChoice(random, OBJECTS);
  return `${subject} ${verb} ${object}, ${randomChoice(random, ENDINGS)} (note ${randomInteger(random, 10, 9_999)}).`;
}
