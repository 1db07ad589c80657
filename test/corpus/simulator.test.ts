/**
 * The simulator's wire shapes, held against recorded exchanges: every field path, with its JSON type,
 * must have been seen from the real API, or stand below and be named by the official SDK's types.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../src/base/index.ts";
import { showEverything } from "./simulator-kinds.ts";
import { shapesOf, shapesOfStream } from "./simulator-shapes.ts";
import { bodyOf, NO_RECORDINGS, type Row, readRows } from "./usage-recordings.ts";

/** Fields of API version 2026-10-21 and of its SDK, newer than the recordings, as null or default. */
const NEWER_THAN_RECORDINGS: Readonly<Record<string, readonly string[]>> = {
  message: [
    "$.container null",
    "$.content[text].citations null",
    "$.diagnostics null",
    "$.usage.server_tool_use null",
    "$.usage.speed string",
  ],
  stream: [
    "content_block_start.content_block<text>.citations null",
    "message_delta.delta<>.container null",
    "message_delta.delta<>.stop_sequence string",
    "message_delta.usage.server_tool_use null",
    "message_start.message.container null",
    "message_start.message.diagnostics null",
    "message_start.message.usage.output_tokens_details null",
    "message_start.message.usage.server_tool_use null",
    "message_start.message.usage.speed string",
  ],
  error: [],
  count_tokens: [],
  models: [
    "$.data[model].capabilities null",
    "$.data[model].deprecated_at null",
    "$.data[model].lifecycle string",
    "$.data[model].line string",
    "$.data[model].max_input_tokens number",
    "$.data[model].max_tokens number",
    "$.data[model].retires_at null",
    "$.data[model].retires_at string",
  ],
};

/** Header names that no recording kept, with the reason. */
const HEADERS_NOT_RECORDED: Readonly<Record<string, string>> = {
  "anthropic-organization-id": "documented; recorders mask it",
  "anthropic-workspace-id": "read by the SDK from every answer",
  "cache-control": "event streams send it; recorders drop it",
  connection: "of the connection, not of the answer",
  "content-encoding": "recorders keep the body unpacked",
  "content-length": "recorders drop it with the encoding",
  "keep-alive": "of the connection, not of the answer",
  "transfer-encoding": "of the connection, not of the answer",
};

/** Share of recorded answers from which on a field belongs to the API's every answer. */
const ALWAYS = 0.9;

function shapesOfRow(row: Row): readonly string[] {
  const body = bodyOf(row);
  if (body.kind === "none") return [];
  return body.kind === "stream"
    ? shapesOfStream(body.bytes.toString("utf8"))
    : shapesOf(body.value as JsonValue, "$");
}

function kindOf(row: Row): string {
  if (bodyOf(row).kind === "stream") return "stream";
  if (row.status !== null && row.status >= 400) return "error";
  return row.kind === "messages" ? "message" : row.kind;
}

/** How many first-party answers of each kind there are, and how many of them hold each shape. */
type Counted = { rows: number; readonly shapes: Map<string, number> };

function recordedShapes(rows: readonly Row[]): ReadonlyMap<string, Counted> {
  const seen = new Map<string, Counted>();
  for (const row of rows.filter(({ route }) => route === "anthropic")) {
    const found = new Set(shapesOfRow(row));
    if (found.size === 0) continue;
    const kind = kindOf(row);
    const counted = seen.get(kind) ?? { rows: 0, shapes: new Map<string, number>() };
    counted.rows += 1;
    for (const shape of found) counted.shapes.set(shape, (counted.shapes.get(shape) ?? 0) + 1);
    seen.set(kind, counted);
  }
  return seen;
}

function sdkTypes(): string {
  const folder = new URL("../../node_modules/@anthropic-ai/sdk/resources/", import.meta.url);
  const files = ["messages/messages.d.ts", "models.d.ts"];
  return files.map((file) => readFileSync(new URL(file, folder), "utf8")).join("\n");
}

describe("the simulator beside the recordings", () => {
  it("the simulator says nothing that the real API was not seen to say", async (context) => {
    if (NO_RECORDINGS !== null) return context.skip(NO_RECORDINGS);
    const recorded = recordedShapes(readRows());
    const { shapes } = await showEverything();
    for (const [kind, shown] of shapes) {
      const unseen = [...shown].filter((shape) => !recorded.get(kind)?.shapes.has(shape));
      expect({ kind, unseen: unseen.sort() }).toEqual({
        kind,
        unseen: NEWER_THAN_RECORDINGS[kind],
      });
    }
  });

  it("the simulator's newer fields are named by the official SDK's types", () => {
    const types = sdkTypes();
    for (const shape of Object.values(NEWER_THAN_RECORDINGS).flat()) {
      const field = /([a-z_]+)(<\w*>)? \w+$/.exec(shape)?.[1];
      expect(types).toMatch(new RegExp(`^ +${field}\\??: `, "m"));
    }
  });

  it("the simulator leaves out nothing that nearly every recorded answer has", async (context) => {
    if (NO_RECORDINGS !== null) return context.skip(NO_RECORDINGS);
    const recorded = recordedShapes(readRows());
    const { shapes } = await showEverything();
    for (const kind of ["message", "stream"]) {
      const { rows, shapes: counted } = recorded.get(kind) ?? { rows: 0, shapes: new Map() };
      expect(rows).toBeGreaterThan(300);
      const usual = [...counted]
        .filter(([, count]) => count > rows * ALWAYS)
        .map(([shape]) => shape);
      expect(usual.length).toBeGreaterThan(10);
      expect(usual.filter((shape) => !shapes.get(kind)?.has(shape))).toEqual([]);
    }
  });

  it("the simulator sends no header that the real API was not seen to send", async (context) => {
    if (NO_RECORDINGS !== null) return context.skip(NO_RECORDINGS);
    const rows = readRows().filter(({ route }) => route === "anthropic");
    const recorded = new Set(
      rows
        .flatMap((row) => Object.keys(row.response_headers ?? {}))
        .map((name) => name.toLowerCase()),
    );
    const { headers } = await showEverything();
    const unseen = [...headers].filter((name) => !recorded.has(name));
    expect(unseen.sort()).toEqual(Object.keys(HEADERS_NOT_RECORDED).sort());
  });
});
