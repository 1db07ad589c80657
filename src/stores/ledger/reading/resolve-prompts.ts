/**
 * Gives every exchange its whole prompt. What a path adds is kept once per node; a node that was
 * forgotten, or was written before the window, is asked for again.
 */
import type { PromptPath, StoredBlock } from "../../../domain/prompt/index.ts";
import type { Exchange, PromptedExchange, Window } from "../../contracts/index.ts";
import type { EngineClient } from "../engine/index.ts";

/** Exchanges asked for at once. */
const BATCH = 2_000;
/**
 * Blocks remembered between batches, about 200 bytes each; the oldest nodes are forgotten first.
 */
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
    yield* await resolver.resolve(batch);
    const last = batch.at(-1);
    if (last === undefined || batch.length < BATCH) return;
    after = { at: last.opened.at, exchange: last.opened.exchange };
  }
}

/** Nodes that are known to be nowhere; asked for again once there are more than this. */
const LOST_NODES_MAX = 100_000;

type Origin = Pick<PromptPath, "parent" | "parentDepth" | "blocks">;

export class PromptResolver {
  readonly #find: FindOrigins;
  readonly #blocksMax: number;
  readonly #origins = new Map<string, Origin>();
  readonly #lost = new Set<string>();
  #blocks = 0;

  constructor(find: FindOrigins, blocksMax: number = REMEMBERED_BLOCKS_MAX) {
    this.#find = find;
    this.#blocksMax = blocksMax;
  }

  /** All that one batch misses is asked for at once, since each question goes through the ledger. */
  async resolve(batch: readonly Exchange[]): Promise<readonly PromptedExchange[]> {
    const missing = new Set<string>();
    for (const { opened } of batch) if (opened.prompt !== null) this.#remember(opened.prompt);
    for (const { opened } of batch) {
      const node = this.#firstMissing(opened.prompt?.parent ?? null);
      if (node !== null && !this.#lost.has(node)) missing.add(node);
    }
    if (missing.size > 0) await this.#fetch([...missing]);
    const resolved = batch.map((exchange) => ({
      ...exchange,
      path: this.#pathOf(exchange.opened.prompt),
    }));
    this.#forgetOldest();
    return resolved;
  }

  #remember(path: PromptPath): void {
    if (path.node === path.parent || this.#origins.has(path.node)) return;
    const { parent, parentDepth, blocks } = path;
    this.#origins.set(path.node, { parent, parentDepth, blocks });
    this.#blocks += blocks.length;
  }

  async #fetch(nodes: readonly string[]): Promise<void> {
    for (const origin of await this.#find(nodes)) this.#remember(origin);
    if (this.#lost.size > LOST_NODES_MAX) this.#lost.clear();
    for (const node of nodes) {
      const lost = this.#firstMissing(node);
      if (lost !== null) this.#lost.add(lost);
    }
  }

  #forgetOldest(): void {
    for (const [node, { blocks }] of this.#origins) {
      if (this.#blocks <= this.#blocksMax) return;
      this.#origins.delete(node);
      this.#blocks -= blocks.length;
    }
  }

  /** `null` where a part of the prompt was never written down, or was damaged away. */
  #pathOf(prompt: PromptPath | null): readonly StoredBlock[] | null {
    if (prompt === null) return null;
    const above = this.#collect(prompt.parent, prompt.parentDepth);
    return above === null ? null : [...above, ...prompt.blocks];
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
