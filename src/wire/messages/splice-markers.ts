/**
 * Puts cache markers into a request's bytes. Nothing is written anew: every byte outside an edit is
 * the client's own, and the parsed body differs from the client's by its markers alone.
 */
import { applyEdits, type Edit } from "./edits.ts";
import { type LocatedBlock, type LocatedMember, locateInside } from "./locate-blocks.ts";
import type { RequestView } from "./request-view.ts";

/** A marker by the place of its block in the prompt, counted from 0. */
export type SplicedMarker = { readonly block: number; readonly lifetime: "5m" | "1h" };

export type SpliceQuestion = {
  readonly request: RequestView;
  /** In prompt order. Blocks that may carry none are passed over. */
  readonly markers: readonly SplicedMarker[];
  /** `respect` leaves a request alone that has markers; `improve` puts these in their place. */
  readonly ownMarkers: "respect" | "improve";
  /** Memory for the new body; a host that need not clear it first gives a faster one. */
  readonly allocate?: (bytes: number) => Uint8Array;
};

/** Why a request keeps its bytes. A word that reports and counters can use. */
export type LeftAlone =
  | "own-markers"
  | "inner-markers"
  | "no-markers-planned"
  | "not-plain"
  | "refused-markers";

export type SpliceOutcome =
  | {
      readonly kind: "spliced";
      readonly body: Uint8Array;
      /** The markers that the body now has. */
      readonly markers: readonly SplicedMarker[];
    }
  | { readonly kind: "left-alone"; readonly reason: LeftAlone };

/** The provider takes at most so many ("prompt caching: core rules"). */
export const MARKERS_MAX = 4;

/** Whether the client's own markers keep this request from being edited; `null` when not. */
export function ownMarkersForbid(
  request: RequestView,
  ownMarkers: SpliceQuestion["ownMarkers"],
): LeftAlone | null {
  const { own, hasInner } = request.markerSurvey();
  if (hasInner) return "inner-markers";
  if (ownMarkers === "respect" && (own > 0 || request.automaticMarker !== null)) {
    return "own-markers";
  }
  return null;
}

export function spliceMarkers(body: Uint8Array, question: SpliceQuestion): SpliceOutcome {
  const { request, ownMarkers } = question;
  const forbidden = ownMarkersForbid(request, ownMarkers);
  if (forbidden !== null) return leftAlone(forbidden);
  const { markable, own } = request.markerSurvey();
  const hasOwn = own > 0 || request.automaticMarker !== null;
  const markers = question.markers.filter(({ block }) => markable[block] === true);
  if (!areAccepted(markers)) return leftAlone("refused-markers");
  if (markers.length === 0 && !hasOwn) return leftAlone("no-markers-planned");
  const edits = hasOwn ? editsOfAll(body, request, markers) : editsOfSome(body, request, markers);
  if (edits === null) return leftAlone("not-plain");
  return { kind: "spliced", body: applyEdits(body, edits, question.allocate), markers };
}

/** Without markers of the client's own, only the blocks that get one are looked at. */
function editsOfSome(
  body: Uint8Array,
  request: RequestView,
  markers: readonly SplicedMarker[],
): readonly Edit[] | null {
  const places = markers.map(({ block }) => block);
  const located = request.locateSome(body, places);
  const edits: Edit[] = [];
  for (const { block: place, lifetime } of markers) {
    const block = located?.get(place);
    const found = block === undefined ? null : editsOf(body, block, lifetime);
    if (found === null) return null;
    edits.push(...found);
  }
  return edits;
}

/** Any block may have a marker of the client's own, which gives way. */
function editsOfAll(
  body: Uint8Array,
  request: RequestView,
  markers: readonly SplicedMarker[],
): readonly Edit[] | null {
  const located = request.locate(body);
  if (located === null || located.blocks.length !== request.blockCount) return null;
  const edits: Edit[] = [];
  for (const [index, block] of located.blocks.entries()) {
    const planned = markers.find((marker) => marker.block === index);
    const found = editsOf(body, block, planned?.lifetime ?? null);
    if (found === null) return null;
    edits.push(...found);
  }
  const isAutomatic = request.automaticMarker !== null && located.automatic !== null;
  if (isAutomatic) edits.push(removal(located.automatic));
  return edits;
}

function leftAlone(reason: LeftAlone): SpliceOutcome {
  return { kind: "left-alone", reason };
}

/** At most four, in prompt order, and none for five minutes before one for an hour. */
function areAccepted(markers: readonly SplicedMarker[]): boolean {
  if (markers.length > MARKERS_MAX) return false;
  return markers.every((marker, index) => {
    const before = markers[index - 1];
    if (before === undefined) return true;
    const rises = before.block < marker.block;
    return rises && !(before.lifetime === "5m" && marker.lifetime === "1h");
  });
}

const CONTROL = {
  "5m": '{"type":"ephemeral"}',
  "1h": '{"type":"ephemeral","ttl":"1h"}',
} as const;

/** `null` when the block's inside is not plain. */
function editsOf(
  body: Uint8Array,
  block: LocatedBlock,
  lifetime: "5m" | "1h" | null,
): readonly Edit[] | null {
  if (block.isText) return lifetime === null ? [] : asList(block, CONTROL[lifetime]);
  const inside = locateInside(body, block);
  if (inside === null) return null;
  const { marker, isEmpty } = inside;
  if (lifetime === null) {
    return marker === null || isNull(body, marker) ? [] : [removal(marker)];
  }
  const control = CONTROL[lifetime];
  if (marker !== null) return [{ start: marker.valueStart, end: marker.end, text: control }];
  const at = block.end - 1;
  return [{ start: at, end: at, text: `${isEmpty ? "" : ","}"cache_control":${control}` }];
}

/** A bare text becomes a list of one text block with the same bytes. */
function asList(block: LocatedBlock, control: string): readonly Edit[] {
  return [
    { start: block.start, end: block.start, text: '[{"type":"text","text":' },
    { start: block.end, end: block.end, text: `,"cache_control":${control}}]` },
  ];
}

/** A member that says `null` says nothing, and stays. */
function isNull(body: Uint8Array, member: LocatedMember): boolean {
  return body[member.valueStart] === 0x6e;
}

/** Takes a member away together with one comma. */
function removal(member: LocatedMember): Edit {
  if (member.commaAfter !== -1)
    return { start: member.start, end: member.commaAfter + 1, text: "" };
  const start = member.commaBefore === -1 ? member.start : member.commaBefore;
  return { start, end: member.end, text: "" };
}
