/** The nightly report: a few very long prompts at two in the morning, and a summary by the best model. */
import type Anthropic from "@anthropic-ai/sdk";
import { randomInteger, seededRandom } from "../../../base/index.ts";
import { type Activity, type DayContext, MODELS, type Steps } from "../activity.ts";
import type { Identity } from "../caller.ts";
import { makeProse } from "../prose.ts";
import { clockTime, secondsBetween } from "../schedule.ts";

const SECTIONS = ["orders", "stock", "complaints", "suppliers"] as const;
const SECTION_CHARACTERS = 160_000;

const IDENTITY: Identity = {
  endpoint: "nightly-report",
  user: "report-job",
  userType: "machine",
  team: "finance",
  session: "report",
  tags: "job=nightly",
};

export function planNightlyReport(day: DayContext): readonly Activity[] {
  return [{ startsAt: clockTime(day.midnight, 2, 0), steps: report(day) }];
}

async function* report(day: DayContext): Steps {
  const random = seededRandom(randomInteger(day.random, 0, 2 ** 31));
  const drafts: string[] = [];
  for (const section of SECTIONS) {
    const records = makeProse(random, SECTION_CHARACTERS);
    const draft = await day.ask(IDENTITY, request(MODELS.opus, section, records), "stream");
    drafts.push(`${section}: ${textOf(draft)}`);
    yield secondsBetween(random, 60, 120);
  }
  await day.ask(IDENTITY, request(MODELS.fable, "everything", drafts.join("\n")), "stream");
}

function request(
  model: string,
  section: string,
  records: string,
): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: 3_000,
    system: `Write the night's report on ${section}.`,
    messages: [{ role: "user", content: records }],
  };
}

function textOf(message: Anthropic.Message | null): string {
  const blocks = message?.content ?? [];
  return blocks.map((block) => (block.type === "text" ? block.text : "")).join(" ");
}
