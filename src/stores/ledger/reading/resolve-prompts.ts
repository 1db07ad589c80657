/**
 * Gives every exchange its whole prompt. What a path adds is kept once per node; a node that was
 * forgotten, or was written before the window, is asked for again.
 */
import type { PromptPath, StoredBlock } from "../../../domain/prompt/index.ts";
import type { Exchange, PromptedExchange, Window } from "../../contracts/index.ts";
import type { EngineClient } from "../engine/index.ts";

/** Exchanges asked for at once. */
const BATCH = 1_000;
/** Blocks remembered at once, about 200 bytes each; the oldest nodes are forgotten first. */
export const REMEMBERED_BLOCKS_MAX = 1_000_000;

/** What resolves nodes that are not remembered. */
export type FindOrigins = (nodes: readonly string[]) => Promise<readonly PromptPath[]>;

export async function* resolvedPrompts(
  engine: EngineClient,
  window: Window,
  timeoutMs: number,
): AsyncGenerator<PromptedExchange> {
  const resolver = new PromptResolver((nodes) => engine.call("promptOrigins", nodes, timeoutMs));
  let after: { readonly at: number; readonly exchange: string } | null = null;
  for (;;) {
    const question = { since: window.since, until: window.until, after, limit: BATCH };
    const batch: readonly Exchange[] = await engine.call("prompts", question, timeoutMs);
    for (const exchange of batch) yield await resolver.resolve(exchange);
    const last = batch.at(-1);
    if (last === undefined || batch.length < BATCH) return;
    after = { at: last.opened.at, exchange: last.opened.exchange };
  }
}

type Origin = Pick<PromptPath, "parent" | "parentDepth" | "blocks">;

export class PromptResolver {
  readonly #find: FindOrigins;
  readonly #blocksMax: number;
  readonly #origins = new Map<string, Origin>();
  #blocks = 0;

  constructor(find: FindOrigins, blocksMax: number = REMEMBERED_BLOCKS_MAX) {
    this.#find = find;
    this.#blocksMax = blocksMax;
  }

  async resolve(exchange: Exchange): Promise<PromptedExchange> {
    const { prompt } = exchange.opened;
    if (prompt === null) return { ...exchange, path: null };
    this.#remember(prompt);
    const path = await this.#pathOf(prompt);
    return { ...exchange, path };
  }

  /** Never larger than the limit, save for what one prompt is made of. */
  #remember(path: PromptPath): void {
    if (path.node === path.parent || this.#origins.has(path.node)) return;
    const { parent, parentDepth, blocks } = path;
    this.#origins.set(path.node, { parent, parentDepth, blocks });
    this.#blocks += blocks.length;
  }

  #forgetOldest(): void {
    for (const [node, { blocks }] of this.#origins) {
      if (this.#blocks <= this.#blocksMax) return;
      this.#origins.delete(node);
      this.#blocks -= blocks.length;
    }
  }

  /** `null` where a part of the prompt was never written down, or was damaged away. */
  async #pathOf(prompt: PromptPath): Promise<readonly StoredBlock[] | null> {
    const { parent, parentDepth, blocks } = prompt;
    const missing = this.#firstMissing(parent);
    if (missing !== null) {
      for (const origin of await this.#find([missing])) this.#remember(origin);
    }
    const above = this.#collect(parent, parentDepth);
    this.#forgetOldest();
    return above === null ? null : [...above, ...blocks];
  }

  #firstMissing(from: string | null): string | null {
    let node = from;
    while (node !== null) {
      const origin = this.#origins.get(node);
      if (origin === undefined) return node;
      node = origin.parent;
    }
    return null;
  }

  #collect(from: string | null, depth: number): readonly StoredBlock[] | null {
    const runs: (readonly StoredBlock[])[] = [];
    let [node, length] = [from, depth];
    while (node !== null) {
      const origin = this.#origins.get(node);
      if (origin === undefined || origin.parentDepth + origin.blocks.length !== length) return null;
      runs.push(origin.blocks);
      [node, length] = [origin.parent, origin.parentDepth];
    }
    return length === 0 ? runs.reverse().flat() : null;
  }
}
