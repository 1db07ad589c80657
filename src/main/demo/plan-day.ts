/** The whole day: every activity with the time it starts. The same seed gives the same day. */
import { planCodingAgents } from "./activities/coding-agent.ts";
import { planDocumentSearches } from "./activities/document-search.ts";
import { planNightlyReport } from "./activities/nightly-report.ts";
import { planSupportChats } from "./activities/support-chat.ts";
import { planTicketTriage } from "./activities/ticket-triage.ts";
import type { Activity, DayContext } from "./activity.ts";

export function planDay(day: DayContext): readonly Activity[] {
  return [
    ...planNightlyReport(day),
    ...planTicketTriage(day),
    ...planSupportChats(day),
    ...planDocumentSearches(day),
    ...planCodingAgents(day),
  ];
}
