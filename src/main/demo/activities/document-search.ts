/**
 * Document search: one question over documents found for it. Nothing repeats, so nothing is cached.
 * The legal team's own tool still asks a model of the year before.
 */
import type Anthropic from "@anthropic-ai/sdk";
import { randomInteger, seededRandom } from "../../../base/index.ts";
import { type Activity, type DayContext, MODELS, type Steps } from "../activity.ts";
import { drawStaff, type Person } from "../people.ts";
import { makeProse, namedProse } from "../prose.ts";
import { officeTime } from "../schedule.ts";

const SEARCHES = 240;
const DOCUMENTS_ON_FILE = 40;
const DOCUMENT_CHARACTERS = 6_000;
const STREAMED_OUT_OF = 3;

export function planDocumentSearches(day: DayContext): readonly Activity[] {
  return Array.from({ length: SEARCHES }, (_, index) => ({
    startsAt: officeTime(day.midnight, day.random),
    steps: search(day, drawStaff(day.random), index),
  }));
}

async function* search(day: DayContext, person: Person, index: number): Steps {
  const random = seededRandom(randomInteger(day.random, 0, 2 ** 31));
  const documents = Array.from({ length: randomInteger(random, 3, 6) }, () =>
    documentBlock(randomInteger(random, 1, DOCUMENTS_ON_FILE)),
  );
  const text = `${makeProse(random, 160)} What do the documents say on this?`;
  const request: Anthropic.MessageCreateParamsNonStreaming = {
    model: person.team === "legal" ? MODELS.legacyOpus : MODELS.sonnet,
    max_tokens: 700,
    system: "Answer from the documents only, and name the document for each claim.",
    messages: [{ role: "user", content: [...documents, { type: "text", text }] }],
  };
  await day.ask(
    { ...person, endpoint: "document-search", session: null, tags: "source=handbook" },
    request,
    index % STREAMED_OUT_OF === 0 ? "stream" : "whole",
  );
}

function documentBlock(number: number): Anthropic.DocumentBlockParam {
  const name = `document ${number}`;
  return {
    type: "document",
    title: name,
    source: {
      type: "text",
      media_type: "text/plain",
      data: namedProse(name, DOCUMENT_CHARACTERS),
    },
  };
}
