/** Which curve of gaps a place belongs to: by what it is, by how far into a conversation, by prompt. */
import type { PrefixIndex } from "../workload/prefix-tree.ts";
import type { Ending } from "../workload/workload.ts";
import { createGapCurve, type GapCurve, nextGapOf, priorCurve } from "./gap-statistics.ts";

/**
 * `lone`: a prompt that begins like nothing seen before, without tools or system prompt. `opening`: the
 * first prompt of a path that is not lone. `continued`: a person's turn on a path seen before.
 * `tool_result`: an agent's own next step.
 */
export type PlaceClass = "lone" | "opening" | "continued" | "tool_result";

/** Prompts (by their first block) whose own curves are kept. */
export const PROMPTS_MAX = 4_096;

export class PlaceCurves {
  readonly #shared = new Map<string, GapCurve>();
  readonly #byPrompt = new Map<PrefixIndex, Map<string, GapCurve>>();
  readonly #afterEnding = new Map<Ending, GapCurve>();

  constructor() {
    this.#start("lone", priorCurve(0.15, 0.18));
    this.#start("opening", priorCurve(0.5, 0.55));
    this.#start("continued", priorCurve(0.5, 0.6));
    this.#start("tool_result", priorCurve(0.93, 0.95));
  }

  #start(placeClass: PlaceClass, prior: GapCurve): void {
    this.#shared.set(placeClass, createGapCurve(prior));
  }

  /** The curve of a place at `turn` of a path that begins with the block `top`. */
  curveFor(placeClass: PlaceClass, turn: number, promptTokens: number, top: PrefixIndex): GapCurve {
    const stageKey = `${placeClass}, ${stageOf(turn)}`;
    const key = `${stageKey}, ${sizeOf(promptTokens)}`;
    const stage = getOrMake(this.#shared, key, () => {
      const anySize = getOrMake(this.#shared, stageKey, () =>
        createGapCurve(this.#shared.get(placeClass) ?? null),
      );
      return createGapCurve(anySize);
    });
    // A prompt unlike any other has no past of its own to lean away from.
    if (placeClass === "lone") return stage;
    const own = getOrMake(this.#byPrompt, top, () => new Map<string, GapCurve>());
    if (this.#byPrompt.size > PROMPTS_MAX) forgetOldest(this.#byPrompt);
    return getOrMake(own, key, () => createGapCurve(stage));
  }

  /** The curve of places whose response ended this way. */
  curveAfter(ending: Ending): GapCurve {
    return getOrMake(this.#afterEnding, ending, () => {
      const prior = ending === "tool_use" ? priorCurve(0.93, 0.97) : priorCurve(0.5, 0.75);
      return createGapCurve(prior);
    });
  }

  forgetPrompt(top: PrefixIndex): void {
    this.#byPrompt.delete(top);
  }

  explain(): readonly string[] {
    const named: [string, GapCurve][] = [...this.#shared];
    for (const [ending, curve] of this.#afterEnding) named.push([`after ${ending}`, curve]);
    return named.map(([name, curve]) => sentenceOf(name, curve));
  }
}

/** Prompts count by their order of size, in powers of four. */
function sizeOf(tokens: number): string {
  if (tokens < 2_048) return "under 2k tokens";
  if (tokens < 8_192) return "2k to 8k tokens";
  if (tokens < 32_768) return "8k to 32k tokens";
  return tokens < 131_072 ? "32k to 128k tokens" : "over 128k tokens";
}

/** Turns count one by one at first, then by their order of size. */
function stageOf(turn: number): string {
  if (turn <= 2) return `turn ${Math.max(1, turn)}`;
  return turn < 10 ? "turns 3 to 9" : "turn 10 and later";
}

function sentenceOf(name: string, curve: GapCurve): string {
  const gap = nextGapOf(curve);
  const seen = Math.round(curve.waiting[0] ?? 0);
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  return `${name}: asked for again within 5 minutes ${percent(gap.short)}, later but within an hour ${percent(gap.long)} (${seen} recent observations)`;
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function forgetOldest<Key, Value>(map: Map<Key, Value>): void {
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
