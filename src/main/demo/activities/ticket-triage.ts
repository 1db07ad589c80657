/** Bulk classification: hundreds of short tickets, one small call each, in two bursts of the day. */
import type Anthropic from "@anthropic-ai/sdk";
import { randomInteger, seededRandom } from "../../../base/index.ts";
import { type Activity, type DayContext, MODELS, type Steps } from "../activity.ts";
import type { Identity } from "../caller.ts";
import { makeProse, namedProse } from "../prose.ts";
import { clockTime, secondsBetween } from "../schedule.ts";

const BURSTS = [
  { hour: 7, minute: 0, tickets: 420 },
  { hour: 19, minute: 30, tickets: 260 },
] as const;

const IDENTITY: Omit<Identity, "session"> = {
  endpoint: "ticket-triage",
  user: "triage-job",
  userType: "machine",
  team: "support",
  tags: "job=triage",
};

const SYSTEM = `Sort the ticket. Answer with one label.\n${namedProse("labels", 1_400)}`;

export function planTicketTriage(day: DayContext): readonly Activity[] {
  return BURSTS.map((burst) => ({
    startsAt: clockTime(day.midnight, burst.hour, burst.minute),
    steps: sort(day, burst.tickets, `triage-${burst.hour}`),
  }));
}

async function* sort(day: DayContext, tickets: number, session: string): Steps {
  const random = seededRandom(randomInteger(day.random, 0, 2 ** 31));
  for (let ticket = 0; ticket < tickets; ticket += 1) {
    const request: Anthropic.MessageCreateParamsNonStreaming = {
      model: MODELS.haiku,
      max_tokens: 24,
      system: SYSTEM,
      messages: [{ role: "user", content: makeProse(random, randomInteger(random, 200, 1_500)) }],
    };
    await day.ask({ ...IDENTITY, session }, request, "whole");
    yield secondsBetween(random, 2, 9);
  }
}
