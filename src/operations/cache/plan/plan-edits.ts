/** The edits that turn a request into the planned one: moves of volatile text first, then markers. */
import type { JsonValue } from "../../../base/index.ts";
import {
  type Lifetime,
  type ShapeMarker,
  splitVolatileLines,
  type VolatileText,
} from "../../../domain/prompt-cache/index.ts";
import type { JsonEdit } from "../edit/json-edit.ts";
import type { LocatedBlock, LocatedRequest } from "./located-blocks.ts";

export type Move = {
  readonly pointer: string;
  readonly text: string;
  readonly places: readonly VolatileText[];
};

export type MovePlan = {
  readonly moves: readonly Move[];
  readonly edits: readonly JsonEdit[];
  /** Why volatile text stays where it is; `null` when nothing stays. */
  readonly stays: string | null;
};

const AMONG_INSTRUCTIONS =
  "it stands among instructions or in a tool definition: take it out by hand";
const NOTHING: MovePlan = { moves: [], edits: [], stays: null };

/** Takes lines with volatile text out of the system prompt and puts them last in the user's turn. */
export function planMoves(request: LocatedRequest): MovePlan {
  const found = request.blocks.filter(({ isVolatile }) => isVolatile);
  if (found.length === 0) return NOTHING;
  const movable = found.filter(({ section, text }) => section === "system" && text !== null);
  if (request.hasThinking) {
    return { ...NOTHING, stays: "the history holds thinking, before which nothing may be edited" };
  }
  const last = request.blocks.at(-1);
  if (movable.length === 0) return { ...NOTHING, stays: "it stands in a tool definition" };
  if (last?.role !== "user") {
    return {
      ...NOTHING,
      stays: "the last message is not the user's, so there is no place after it",
    };
  }
  const parts = movable.flatMap((block) => {
    const split = splitVolatileLines(block.text ?? "");
    return split === null ? [] : [{ block, split }];
  });
  if (parts.length === 0) return { ...NOTHING, stays: AMONG_INSTRUCTIONS };
  const moved = parts.map(({ split }) => split.moved).join("\n");
  return {
    moves: parts.map(({ block, split }) => ({
      pointer: block.pointer,
      text: split.moved,
      places: split.places,
    })),
    // From the end on, so that taking a block out moves no other that is still to be edited.
    edits: [
      ...parts.reverse().map(({ block, split }) => without(block, split.stable)),
      after(last, moved),
    ],
    stays: parts.length < found.length ? AMONG_INSTRUCTIONS : null,
  };
}

function without(block: LocatedBlock, stable: string): JsonEdit {
  if (stable.trim() === "") return { op: "remove", path: block.pointer };
  const path = block.isBare ? block.pointer : `${block.pointer}/text`;
  return { op: "replace", path, value: stable };
}

function after(last: LocatedBlock, text: string): JsonEdit {
  const block = { type: "text", text };
  if (last.isBare) {
    return {
      op: "replace",
      path: last.pointer,
      value: [{ type: "text", text: last.text ?? "" }, block],
    };
  }
  return {
    op: "add",
    path: `${last.pointer.slice(0, last.pointer.lastIndexOf("/"))}/-`,
    value: block,
  };
}

/** Markers that the plan has not go, those that it has come. */
export function markerEdits(
  request: LocatedRequest,
  markers: readonly ShapeMarker[],
): readonly JsonEdit[] {
  const edits: JsonEdit[] = [];
  if (request.automaticLifetime !== null) edits.push({ op: "remove", path: "/cache_control" });
  for (const [index, block] of request.blocks.entries()) {
    const planned = markers.find((marker) => marker.block === index)?.lifetime ?? null;
    const own = `${block.pointer}/cache_control`;
    const isOwn = block.markerPointer === null || block.markerPointer === own;
    if (planned === block.lifetimeSent && isOwn) continue;
    if (block.markerPointer !== null && (planned === null || !isOwn)) {
      edits.push({ op: "remove", path: block.markerPointer });
    }
    if (planned !== null) edits.push(marked(block, own, planned));
  }
  return edits;
}

function marked(block: LocatedBlock, path: string, lifetime: Lifetime): JsonEdit {
  const value = cacheControl(lifetime);
  if (!block.isBare) return { op: block.markerPointer === path ? "replace" : "add", path, value };
  const list: JsonValue = [{ type: "text", text: block.text ?? "", cache_control: value }];
  return { op: "replace", path: block.pointer, value: list };
}

/** Five minutes is what the API takes where nothing is said. */
export function cacheControl(lifetime: Lifetime): { readonly [name: string]: string } {
  return lifetime === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
}
