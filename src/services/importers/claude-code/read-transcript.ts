/**
 * Claude Code transcripts: a line for each block of a conversation, with the usage of its answer. All
 * lines of one answer share its message id; the last one has its final usage.
 */
import { isJsonObject, type JsonObject } from "../../../base/index.ts";
import type { CallLabels, Finding, ImportedCall } from "../calls/imported-call.ts";
import { dollarsOf, labelOf, tagsOf, timeOf } from "../calls/values.ts";
import { readLines } from "../files/read-lines.ts";
import { brokenness, parsed } from "../files/read-values.ts";

/** The model of lines that Claude Code wrote itself. */
const OWN_WORDS = "<synthetic>";

export async function* readTranscript(path: string): AsyncGenerator<Finding> {
  for await (const line of readLines(path)) {
    if (line.kind === "unreadable") {
      yield { kind: "problem", line: line.number, what: line.what };
      continue;
    }
    if (line.text.trim() === "") continue;
    const value = parsed(line.text);
    if (!isJsonObject(value)) {
      yield { kind: "problem", line: line.number, what: brokenness(line.text) };
    } else {
      yield { line: line.number, ...findingOf(value) };
    }
  }
}

type Found =
  | { readonly kind: "call"; readonly call: ImportedCall }
  | { readonly kind: "no-call"; readonly why: string }
  | { readonly kind: "problem"; readonly what: string };

function findingOf(row: JsonObject): Found {
  // A transcript without its text has the message's fields in the row itself.
  const isBare = typeof row.message_id === "string" || (isJsonObject(row.usage) && !row.message);
  const message = isBare ? row : isJsonObject(row.message) ? row.message : null;
  if (row.type !== "assistant" && !isBare) return { kind: "no-call", why: kindOf(row) };
  if (message === null) return { kind: "problem", what: "an answer without its message" };
  if (message.model === OWN_WORDS || row.isApiErrorMessage === true) {
    return { kind: "no-call", why: "a line that Claude Code wrote itself" };
  }
  return callOf(row, message, isBare);
}

function kindOf(row: JsonObject): string {
  return `a line of kind ${labelOf(row.type) ?? "none"}`;
}

function callOf(row: JsonObject, message: JsonObject, isBare: boolean): Found {
  const { usage, model } = message;
  const at = timeOf(row.timestamp);
  if (!isJsonObject(usage)) return { kind: "problem", what: "an answer without its usage" };
  if (typeof model !== "string") return { kind: "problem", what: "an answer that names no model" };
  if (at === null) return { kind: "problem", what: "an answer without a time" };
  const messageId = labelOf(isBare ? row.message_id : message.id);
  const requestId = labelOf(row.requestId ?? row.request_id);
  const uuid = labelOf(row.uuid);
  return {
    kind: "call",
    call: {
      source: "claude-code",
      startedAt: at,
      endedAt: at,
      model,
      modelAsked: null,
      messageId,
      requestId,
      recordId: uuid,
      usage,
      isEstimate: false,
      stopReason: labelOf(message.stop_reason),
      stream: true,
      labels: labelsOf(row),
      recordedAmount: dollarsOf(row.costUSD),
    },
  };
}

function labelsOf(row: JsonObject): CallLabels {
  const version = labelOf(row.version);
  return {
    credential: null,
    user: null,
    team: null,
    endpoint: null,
    session: labelOf(row.sessionId ?? row.session),
    client: version === null ? "claude-cli" : `claude-cli/${version}`,
    tags: tagsOf({
      project: row.cwd,
      branch: row.gitBranch,
      agent: row.agentId,
      sidechain: row.isSidechain === true ? "true" : null,
    }),
  };
}
