/** An alert as a webhook's body: Purser's own form, or the one that Slack and its like take. */
import { formatInstant } from "../../base/index.ts";
import type { NewAlert } from "../../stores/contracts/index.ts";

export function bodyOf(alert: NewAlert, format: "purser" | "slack", delivery: string): string {
  if (format === "slack")
    return JSON.stringify({ text: `*${plain(alert.title)}*\n${plain(alert.text)}` });
  const { id, key, kind, title, text, data, at } = alert;
  return JSON.stringify({ delivery, id, kind, key, at: formatInstant(at), title, text, data });
}

/** Names of endpoints and users come from callers: none of them may call a channel or make a link. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
