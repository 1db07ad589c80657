/**
 * Claude Code transcripts held against the prediction. A transcript shows no markers and no sizes: each
 * turn's last marker is taken to stand where its bill says (read and written sum up to it), with one
 * more at the end of the turn before. What of it is read is predicted.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  createCacheState,
  createPrefixTreeBuilder,
  DEFAULT_ASSUMPTIONS,
  type PlacedMarker,
  predictAndApply,
} from "../../src/domain/prompt-cache/index.ts";

/**
 * `read`: it read just what the turn before it had read and written. `expired`: it came after that had died,
 * and read nothing. `cold`: the first turn of a conversation, on an empty cache. These three are as
 * predicted. `warm`: the first turn of a conversation or a sub-agent read what was cached before it: the
 * hidden tools and system prompt, of which a transcript tells nothing. `differs`: none of these.
 */
export const TURN_CLASSES = ["read", "expired", "cold", "warm", "differs"] as const;
export type TurnClass = (typeof TURN_CLASSES)[number];

type Turn = {
  readonly file: string;
  readonly conversation: string;
  readonly uuid: string;
  readonly parent: string | null;
  readonly messageId: string;
  readonly startMs: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly input: number;
};

export type TurnFinding = { readonly file: string; readonly turn: TurnClass };

type Line = { readonly parent: string | null; readonly at: number; readonly turn: Turn | null };

// biome-ignore lint/suspicious/noExplicitAny: rows of two formats, of which each field is checked.
type Row = any;

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => join(folder, name));
}

/** Both formats: Claude Code's own lines, and the projection of them without text. */
function lineOf(row: Row, file: string): readonly [string, Line] | null {
  const uuid = row.uuid;
  const at = Date.parse(row.timestamp ?? "");
  if (typeof uuid !== "string" || Number.isNaN(at)) return null;
  const usage = row.usage ?? row.message?.usage;
  const messageId = row.message_id ?? row.message?.id;
  const written = usage?.cache_creation_input_tokens ?? 0;
  const write1h = usage?.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const parent = row.parent ?? row.parentUuid ?? null;
  const conversation = `${row.session ?? row.sessionId ?? file}${row.isSidechain ? " sub-agent" : ""}`;
  const billed = typeof usage?.input_tokens === "number" && typeof messageId === "string";
  const read = usage?.cache_read_input_tokens ?? 0;
  const turn = {
    file: basename(row.path ?? file),
    conversation,
    uuid,
    parent,
    messageId,
    startMs: at,
    read,
    write5m: written - write1h,
    write1h,
    input: usage?.input_tokens ?? 0,
  };
  return [uuid, { parent, at, turn: billed && read + written > 0 ? turn : null }];
}

/** `null` where masking broke the line: it put a backslash before a letter. */
function rowOf(text: string): Row | null {
  try {
    return JSON.parse(text.replaceAll("\\masked", "masked"));
  } catch {
    return null;
  }
}

/** Turns of all transcripts in order of start, each answer once. */
export function readTurns(folder: string): readonly (Turn & { before: string | null })[] {
  const lines = new Map<string, Line>();
  for (const file of filesIn(folder)) {
    for (const text of readFileSync(file, "utf8").split("\n")) {
      if (text.trim() === "") continue;
      const row = rowOf(text);
      const entry = row === null ? null : lineOf(row, file);
      if (entry !== null && !lines.has(entry[0])) lines.set(...entry);
    }
  }
  const turns = new Map<string, Turn & { before: string | null }>();
  for (const { turn } of lines.values()) {
    if (turn === null || turns.has(turn.messageId)) continue;
    const above = turn.parent === null ? undefined : lines.get(turn.parent);
    const startMs = Math.min(above?.at ?? turn.startMs, turn.startMs);
    turns.set(turn.messageId, { ...turn, startMs, before: turnBefore(turn, lines) });
  }
  return [...turns.values()].sort((a, b) => a.startMs - b.startMs);
}

const CHAIN_LINES_MAX = 10_000;

/** The message id of the answer above `turn` in its own conversation. */
function turnBefore(turn: Turn, lines: ReadonlyMap<string, Line>): string | null {
  let at = turn.parent;
  for (let count = 0; at !== null && count < CHAIN_LINES_MAX; count += 1) {
    const line = lines.get(at);
    const found = line?.turn;
    if (found && found.messageId !== turn.messageId) {
      return found.conversation === turn.conversation ? found.messageId : null;
    }
    at = line?.parent ?? null;
  }
  return null;
}

const cachedBy = (turn: Turn): number => turn.read + turn.write5m + turn.write1h;

export function judgeTurns(turns: ReturnType<typeof readTurns>): readonly TurnFinding[] {
  const builder = createPrefixTreeBuilder();
  const byId = new Map(turns.map((turn) => [turn.messageId, turn]));
  const nodes = new Map<string, number>();
  const placed = turns.map((turn, index) => {
    const before = turn.before === null ? undefined : byId.get(turn.before);
    const above = turn.before === null ? undefined : nodes.get(turn.before);
    const grown = before !== undefined && above !== undefined && cachedBy(turn) >= cachedBy(before);
    const node = grown
      ? builder.add({
          parent: above,
          tokens: cachedBy(turn) - cachedBy(before),
          kind: "user_text",
          markable: true,
          firstSeenBy: index,
        })
      : builder.add({
          parent: -1,
          tokens: cachedBy(turn),
          kind: "user_text",
          markable: true,
          firstSeenBy: index,
        });
    nodes.set(turn.messageId, node);
    return { turn, isFirst: before === undefined, node, above: grown ? above : -1 };
  });
  const tree = builder.finish();
  const cache = {
    tree,
    state: createCacheState(tree.size),
    prefixTokensMin: 0,
    assumptions: DEFAULT_ASSUMPTIONS,
  };
  return placed.map(({ turn, isFirst, node, above }): TurnFinding => {
    const lifetime = turn.write1h > 0 ? "1h" : "5m";
    const markers: PlacedMarker[] = [...(above >= 0 ? [above] : []), node].map((at) => ({
      node: at,
      lifetime,
    }));
    const { startMs } = turn;
    const call = { leaf: node, tailTokens: turn.input, startMs, responseBeginMs: startMs };
    const predicted = predictAndApply(cache, { ...call, cancelled: false }, markers);
    return { file: turn.file, turn: classOf(turn.read, predicted.read, isFirst) };
  });
}

function classOf(read: number, predictedRead: number, isFirst: boolean): TurnClass {
  if (read !== predictedRead) return isFirst ? "warm" : "differs";
  if (read > 0) return "read";
  return isFirst ? "cold" : "expired";
}
