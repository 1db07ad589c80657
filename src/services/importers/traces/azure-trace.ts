/** Azure LLM traces: a time and two lengths a request, nothing about content. */
import { instant } from "../../../base/index.ts";
import {
  createPrefixTreeBuilder,
  NO_NODE,
  type Workload,
  type WorkloadRequest,
} from "../../../domain/prompt-cache/index.ts";

const HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";
const RESPONSE_BEGINS_AFTER_MS = 1000;
const OUTPUT_TOKENS_PER_SECOND = 60;

const ASSUMPTIONS: readonly string[] = [
  "the trace says nothing of content: every prompt is one block that no other request shares",
  "a response begins after one second and takes a second for every sixty output tokens",
];

/** Whether the first line of a file is of this kind. */
export function isAzureTrace(line: string): boolean {
  return line.trim() === HEADER;
}

export async function readAzureTrace(
  name: string,
  lines: AsyncIterable<string>,
  bad: (what: string) => void,
): Promise<Workload> {
  const tree = createPrefixTreeBuilder();
  const requests: WorkloadRequest[] = [];
  for await (const line of lines) {
    const [time, context, generated] = line.split(",");
    const startMs = Date.parse(`${(time ?? "").slice(0, 23).replace(" ", "T")}Z`);
    const tokens = Number(context);
    if (Number.isNaN(startMs) || !isCount(tokens) || !isCount(Number(generated ?? 0))) {
      bad("is no time with two lengths");
      continue;
    }
    const leaf = tree.add({
      parent: NO_NODE,
      tokens,
      kind: "user_text",
      markable: true,
      firstSeenBy: requests.length,
    });
    requests.push(toRequest(leaf, startMs, Number(generated ?? 0)));
  }
  requests.sort((a, b) => a.startMs - b.startMs);
  return { name, tree: tree.finish(), requests, assumptions: ASSUMPTIONS };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function toRequest(leaf: number, startMs: number, outputTokens: number): WorkloadRequest {
  const durationMs = RESPONSE_BEGINS_AFTER_MS + (outputTokens / OUTPUT_TOKENS_PER_SECOND) * 1000;
  return {
    leaf,
    tailTokens: 0,
    startMs: instant(startMs),
    responseBeginMs: instant(startMs + RESPONSE_BEGINS_AFTER_MS),
    endMs: instant(startMs + durationMs),
    ending: "unknown",
    session: String(leaf),
    agent: null,
    outputTokens,
    markersSent: null,
  };
}
