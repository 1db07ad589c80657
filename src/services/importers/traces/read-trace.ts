/** Reads a trace of any known format; the first line says which. */
import { basename } from "node:path";
import { isJsonObject, type JsonObject, PurserError } from "../../../base/index.ts";
import type { Workload } from "../../../domain/prompt-cache/index.ts";
import { isAzureTrace, readAzureTrace } from "./azure-trace.ts";
import { isClaudeCodeTrace, readClaudeCodeTrace } from "./claude-code-trace.ts";
import { isMooncakeTrace, readMooncakeTrace } from "./mooncake-trace.ts";
import { traceLines } from "./trace-lines.ts";

export type TraceFormat = "claude-code" | "mooncake" | "azure";

/**
 * The workload of the trace at `path`. Throws `TRACE_FORMAT_UNKNOWN` when the first line is of no
 * known kind, `TRACE_LINE_BROKEN` when a line is not JSON, and the file system's own errors.
 */
export async function readTrace(path: string): Promise<Workload> {
  const lines = traceLines(path);
  const first = await lines.next();
  const name = basename(path);
  const firstLine = first.done === true ? "" : first.value;
  if (isAzureTrace(firstLine)) return readAzureTrace(name, lines);
  const row = parseRow(firstLine, path, 1, "TRACE_FORMAT_UNKNOWN");
  if (isClaudeCodeTrace(row)) return readClaudeCodeTrace(name, rowsOf(row, lines, path));
  if (isMooncakeTrace(row)) return readMooncakeTrace(name, rowsOf(row, lines, path));
  throw unknownFormat(path);
}

async function* rowsOf(
  first: JsonObject,
  lines: AsyncIterable<string>,
  path: string,
): AsyncGenerator<JsonObject> {
  yield first;
  let number = 1;
  for await (const line of lines) {
    number += 1;
    yield parseRow(line, path, number, "TRACE_LINE_BROKEN");
  }
}

function parseRow(
  line: string,
  path: string,
  number: number,
  code: "TRACE_FORMAT_UNKNOWN" | "TRACE_LINE_BROKEN",
): JsonObject {
  try {
    const row: unknown = JSON.parse(line);
    if (isJsonObject(row)) return row;
  } catch {
    // Told below, the same as a line that is JSON but no object.
  }
  if (code === "TRACE_FORMAT_UNKNOWN") throw unknownFormat(path);
  throw new PurserError(code, {
    what: `line ${number} is not a JSON object`,
    where: path,
    mend: "record the trace again, or remove the line",
  });
}

function unknownFormat(path: string): PurserError {
  return new PurserError("TRACE_FORMAT_UNKNOWN", {
    what: "the first line is of no known trace format",
    where: path,
    mend: "give a Claude Code, Mooncake or Azure trace, plain or compressed (.zst, .gz)",
  });
}
