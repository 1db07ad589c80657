/** The calls of a conversation: each turn's prompt as segments, in the tokens of one tokenizer. */
import type { PlaceKind } from "../../prompt-cache/index.ts";
import type { PromptPart, Segment } from "../call.ts";
import { convertTokens } from "../tokenizer-ratio.ts";
import type { Workload } from "./design.ts";
import type { Conversation, Turn } from "./generate.ts";

export type DesignCall = {
  readonly atMs: number;
  readonly prompt: readonly Segment[];
  readonly outputTokens: number;
  readonly webSearches: number;
  /** False for a call that is made once more: it does not count towards the volume. */
  readonly counts: boolean;
};

/** How long after a turn began its call is repeated. */
const REPEATED_AFTER_MS = 5_000;

export function callsOf(
  workload: Workload,
  conversation: Conversation,
  ratio: number,
): readonly DesignCall[] {
  const { turns } = conversation;
  const made = new Map<string, Segment>();
  return turns.flatMap((turn, index) => {
    const call: DesignCall = {
      atMs: turn.atMs,
      prompt: new PromptWriter(workload, conversation, { ratio, made }).write(index),
      outputTokens: convertTokens(turn.output, ratio),
      webSearches: turn.webSearches,
      counts: true,
    };
    if (!turn.repeated) return [call];
    return [call, { ...call, atMs: call.atMs + REPEATED_AFTER_MS, counts: false }];
  });
}

class PromptWriter {
  readonly #workload: Workload;
  readonly #conversation: Conversation;
  readonly #ratio: number;
  /** Segments of the conversation so far: a long one says the same ones in every call. */
  readonly #made: Map<string, Segment>;
  readonly #prompt: Segment[] = [];

  constructor(
    workload: Workload,
    conversation: Conversation,
    { ratio, made }: { readonly ratio: number; readonly made: Map<string, Segment> },
  ) {
    this.#workload = workload;
    this.#conversation = conversation;
    this.#ratio = ratio;
    this.#made = made;
  }

  write(index: number): readonly Segment[] {
    const { tools, system, documents, turns, id } = this.#conversation;
    const { historyTurnsMax, documents: shape } = this.#workload;
    const own = `c${id}`;
    this.#add({ key: `t${tools}`, tokens: tools, kind: "tools", part: "tools" });
    this.#add({ key: `t${tools}s${system}`, tokens: system, kind: "system", part: "system" });
    const above = shape.shared ? `t${tools}s${system}d${documents}` : `${own}d`;
    this.#add({ key: above, tokens: documents, kind: "user_text", part: "documents" });
    const from = historyTurnsMax === null ? 0 : Math.max(0, index - historyTurnsMax);
    for (let past = from; past < index; past += 1) {
      const turn = turns[past];
      if (turn !== undefined) this.#addPast(turn, `${own}/${from}/${past}`);
    }
    const turn = turns[index];
    if (turn !== undefined) this.#addNow(turn, `${own}/${from}/${index}`);
    return this.#prompt;
  }

  #addPast(turn: Turn, key: string): void {
    const { kept } = this.#workload.retrieval;
    const whole = turn.leaves === null ? turn.message + turn.output : turn.leaves;
    const message = Math.min(turn.message, whole);
    const cut = message < turn.message ? "x" : "";
    const part = "history";
    this.#add({ key: `${key}m${cut}`, tokens: message, kind: "user_text", part });
    if (kept) this.#add({ key: `${key}r`, tokens: turn.retrieval, kind: "user_text", part });
    this.#add({ key: `${key}a`, tokens: whole - message, kind: "assistant", part });
  }

  #addNow(turn: Turn, key: string): void {
    this.#add({ key: `${key}m`, tokens: turn.message, kind: "user_text", part: "message" });
    this.#add({ key: `${key}r`, tokens: turn.retrieval, kind: "user_text", part: "retrieval" });
  }

  #add(segment: {
    readonly key: string;
    readonly tokens: number;
    readonly kind: PlaceKind;
    readonly part: PromptPart;
  }): void {
    const tokens = convertTokens(segment.tokens, this.#ratio);
    if (tokens <= 0) return;
    const name = `${segment.part} ${segment.key}`;
    const known = this.#made.get(name) ?? { ...segment, tokens, markable: true };
    this.#made.set(name, known);
    this.#prompt.push(known);
  }
}
