/**
 * What each block of a request was billed as. The bill says how many tokens were read, written and
 * fresh, in this order; blocks have estimated sizes. The estimate is stretched within each stretch, so
 * that the classes come out exactly as billed.
 */
import type { SeenRequest } from "./seen-request.ts";

export const BILLED_AS = ["read", "write1h", "write5m", "input"] as const;
export type BilledAs = (typeof BILLED_AS)[number];

export type FittedBlocks = {
  /** Whole tokens of each block. */
  readonly tokens: readonly number[];
  readonly billedAs: readonly BilledAs[];
  /** How many blocks were read. */
  readonly blocksRead: number;
  /** Tokens that no block accounts for: what follows the last block, above all. */
  readonly rest: Readonly<Record<BilledAs, number>>;
};

/** Per block: tokens of the prefix that ends there, where an earlier request left an entry. */
export type KnownEnds = readonly (number | null)[];

export function fitTokens(request: SeenRequest, known: KnownEnds): FittedBlocks {
  const ends = segmentEnds(request, known);
  const count = request.blocks.length;
  const tokens: number[] = new Array<number>(count).fill(0);
  const billedAs: BilledAs[] = new Array<BilledAs>(count).fill("input");
  const rest = { read: 0, write1h: 0, write5m: 0, input: 0 };
  let from = 0;
  for (const name of BILLED_AS) {
    const end = Math.min(count, Math.max(from, ends[name]));
    const total = request.tokens[name];
    if (end === from) rest[name] = total;
    const weights = request.blocks.slice(from, end).map(({ weight }) => weight);
    for (const [offset, share] of apportion(weights, total).entries()) {
      tokens[from + offset] = share;
      billedAs[from + offset] = name;
    }
    from = end;
  }
  return { tokens, billedAs, blocksRead: Math.min(count, ends.read), rest };
}

function segmentEnds(request: SeenRequest, known: KnownEnds): Readonly<Record<BilledAs, number>> {
  const { tokens, markers, blocks } = request;
  const scaled = scaledEnds(request);
  const read = tokens.read === 0 ? 0 : readEnd(tokens.read, scaled, known);
  const last = (lifetime: "1h" | null): number => {
    const marker = markers.findLast((one) => lifetime === null || one.lifetime === lifetime);
    return marker === undefined ? 0 : marker.position + 1;
  };
  const nearest = (written: number): number => nearestEnd(tokens.read + written, scaled);
  const written1h = tokens.write1h === 0 ? read : last("1h") || nearest(tokens.write1h);
  const write1h = Math.max(read, written1h);
  const written = tokens.write1h + tokens.write5m;
  const write5m = Math.max(
    write1h,
    tokens.write5m === 0 ? write1h : last(null) || nearest(written),
  );
  return { read, write1h, write5m, input: blocks.length };
}

/** Estimated tokens up to and including each block, scaled to the whole prompt. */
function scaledEnds({ blocks, tokens }: SeenRequest): readonly number[] {
  const prompt = tokens.read + tokens.write5m + tokens.write1h + tokens.input;
  const weight = blocks.reduce((sum, block) => sum + block.weight, 0);
  let running = 0;
  return blocks.map((block) => {
    running += block.weight;
    return weight === 0 ? 0 : (prompt * running) / weight;
  });
}

/** How far an estimate of a place may be off, as a part of the prompt. */
const PLACE_ERROR_MAX = 0.25;

/** The entry of just so many tokens; else the nearest known one; else the nearest block. */
function readEnd(read: number, scaled: readonly number[], known: KnownEnds): number {
  const exact = known.lastIndexOf(read);
  if (exact !== -1) return exact + 1;
  let best = -1;
  for (let index = 0; index < scaled.length; index += 1) {
    if ((known[index] ?? null) === null) continue;
    if (best === -1 || errorAt(scaled, index, read) < errorAt(scaled, best, read)) best = index;
  }
  const prompt = scaled.at(-1) ?? 0;
  if (best !== -1 && errorAt(scaled, best, read) <= prompt * PLACE_ERROR_MAX) return best + 1;
  return Math.max(1, nearestEnd(read, scaled));
}

function nearestEnd(target: number, scaled: readonly number[]): number {
  let best = 0;
  for (let index = 1; index < scaled.length; index += 1) {
    if (errorAt(scaled, index, target) < errorAt(scaled, best, target)) best = index;
  }
  return scaled.length === 0 ? 0 : best + 1;
}

function errorAt(scaled: readonly number[], index: number, target: number): number {
  return Math.abs((scaled[index] ?? 0) - target);
}

/** `total` in whole parts, in proportion to the weights; equal parts where nothing weighs. */
function apportion(weights: readonly number[], total: number): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let running = 0;
  let given = 0;
  return weights.map((weight, index) => {
    running += weight;
    const part = sum > 0 ? running / sum : (index + 1) / weights.length;
    const upTo = Math.round(total * part);
    const share = upTo - given;
    given = upTo;
    return share;
  });
}
