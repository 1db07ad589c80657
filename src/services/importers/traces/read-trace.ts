/** Reads a trace of any known format; the first line that can be read says which. */
import { basename } from "node:path";
import { isJsonObject, type JsonObject, PurserError } from "../../../base/index.ts";
import type { Workload } from "../../../domain/prompt-cache/index.ts";
import { isAzureTrace, readAzureTrace } from "./azure-trace.ts";
import { isClaudeCodeTrace, readClaudeCodeTrace } from "./claude-code-trace.ts";
import { isMooncakeTrace, readMooncakeTrace } from "./mooncake-trace.ts";
import { isSessionUsage, readSessionUsage } from "./session-usage.ts";
import { traceLines } from "./trace-lines.ts";

export type TraceFormat = "claude-code" | "mooncake" | "azure" | "claude-code-sessions";

/** A line that could not go in. */
export type TraceProblem = {
  readonly file: string;
  /** Counted from 1; lines without content count as well. */
  readonly line: number;
  readonly what: string;
};

export type ReadTraceOptions = {
  /** Told of each line that is left out. Without it such a line is an error. */
  readonly onProblem?: (problem: TraceProblem) => void;
};

/** Lines at the start of a file that may be unreadable before its format is given up on. */
const LINES_TO_RECOGNISE_MAX = 20;

type RowFormat = {
  readonly name: TraceFormat;
  readonly is: (row: JsonObject) => boolean;
  readonly read: (name: string, rows: AsyncIterable<JsonObject>) => Promise<Workload>;
};

const ROW_FORMATS: readonly RowFormat[] = [
  { name: "claude-code", is: isClaudeCodeTrace, read: readClaudeCodeTrace },
  { name: "mooncake", is: isMooncakeTrace, read: readMooncakeTrace },
  { name: "claude-code-sessions", is: isSessionUsage, read: readSessionUsage },
];

/**
 * The workload of the trace at `path`. Throws `TRACE_FORMAT_UNKNOWN` when it is of no known kind,
 * `TRACE_LINE_BROKEN` when a line cannot be read and nobody is told, `TRACE_FILE_UNREADABLE`.
 */
export async function readTrace(path: string, options: ReadTraceOptions = {}): Promise<Workload> {
  const source = new Source(path, options);
  try {
    const format = await source.recognise();
    if (format === "azure") return await readAzureTrace(basename(path), source.texts(), source.bad);
    if (format === null) throw unknownFormat(path);
    return await format.read(basename(path), source.rows(format));
  } catch (error) {
    throw error instanceof PurserError ? error : unreadable(path, error);
  } finally {
    await source.close();
  }
}

/** The lines of one file, numbered, with the way to tell of bad ones. */
class Source {
  readonly #path: string;
  readonly #lines: AsyncGenerator<string>;
  readonly #onProblem: ReadTraceOptions["onProblem"];
  #line = 0;
  #first: JsonObject | null = null;

  constructor(path: string, options: ReadTraceOptions) {
    this.#path = path;
    this.#lines = traceLines(path, () => {
      this.#line += 1;
    });
    this.#onProblem = options.onProblem;
  }

  async recognise(): Promise<RowFormat | "azure" | null> {
    const problems: TraceProblem[] = [];
    while (problems.length < LINES_TO_RECOGNISE_MAX) {
      const next = await this.#lines.next();
      if (next.done === true) return null;
      if (isAzureTrace(next.value)) return "azure";
      const row = jsonObject(next.value);
      const format = row === null ? undefined : ROW_FORMATS.find(({ is }) => is(row));
      if (format === undefined) {
        problems.push({ file: this.#path, line: this.#line, what: "is of no known format" });
        if (this.#onProblem === undefined) return null;
        continue;
      }
      this.#first = row;
      for (const problem of problems) this.#onProblem?.(problem);
      return format;
    }
    return null;
  }

  async *rows(format: RowFormat): AsyncGenerator<JsonObject> {
    if (this.#first !== null) yield this.#first;
    for await (const line of this.#lines) {
      const row = jsonObject(line);
      if (row === null) this.bad("is not a JSON object");
      else if (!format.is(row)) this.bad(`is no ${format.name} row`);
      else yield row;
    }
  }

  texts(): AsyncIterable<string> {
    return this.#lines;
  }

  /** Tells of the line read last. Throws `TRACE_LINE_BROKEN` when nobody listens. */
  readonly bad = (what: string): void => {
    if (this.#onProblem !== undefined) {
      this.#onProblem({ file: this.#path, line: this.#line, what });
      return;
    }
    throw new PurserError("TRACE_LINE_BROKEN", {
      what: `line ${this.#line} ${what}`,
      where: this.#path,
    });
  };

  async close(): Promise<void> {
    await this.#lines.return(undefined);
  }
}

function jsonObject(line: string): JsonObject | null {
  try {
    const row: unknown = JSON.parse(line);
    return isJsonObject(row) ? row : null;
  } catch {
    return null;
  }
}

function unknownFormat(path: string): PurserError {
  return new PurserError("TRACE_FORMAT_UNKNOWN", {
    what: `none of its first ${LINES_TO_RECOGNISE_MAX} lines is of a known trace format`,
    where: path,
  });
}

function unreadable(path: string, cause: unknown): PurserError {
  const what = cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
  return new PurserError("TRACE_FILE_UNREADABLE", { what, where: path, cause });
}
