/** What recorded prompts show besides their cost: tools in changing order, blocks that always differ. */
import type { PromptedExchange } from "../../../stores/contracts/index.ts";

/** Different prompts from which on a block that differs in nearly all of them is called volatile. */
const PROMPTS_MIN = 10;
const DIFFERENT_SHARE_MIN = 0.8;
/** System blocks looked at, from the first on. */
const SYSTEM_BLOCKS_MAX = 32;
/** Different texts remembered per place, and sets of tools. */
const REMEMBERED_MAX = 10_000;

export type PromptFindings = {
  /** Sets of tools that came in more than one order, with the requests that sent them. */
  readonly reorderedTools: { readonly sets: number; readonly requests: number };
  readonly volatileSystem: readonly {
    readonly block: number;
    readonly different: number;
    readonly requests: number;
  }[];
};

export class PromptWatch {
  readonly #orders = new Map<string, { readonly orders: Set<string>; requests: number }>();
  readonly #system: { readonly texts: Set<string>; requests: number }[] = [];

  see({ path }: PromptedExchange): void {
    if (path === null) return;
    const tools: string[] = [];
    let systemBlock = 0;
    for (const { section, fingerprint } of path) {
      if (section === "tools") tools.push(fingerprint);
      else if (section === "system") {
        this.#seeSystem(systemBlock, fingerprint);
        systemBlock += 1;
      } else break;
    }
    if (tools.length > 1) this.#seeTools(tools);
  }

  #seeTools(tools: readonly string[]): void {
    const set = [...tools].sort().join(" ");
    let known = this.#orders.get(set);
    if (known === undefined) {
      if (this.#orders.size >= REMEMBERED_MAX) return;
      known = { orders: new Set(), requests: 0 };
      this.#orders.set(set, known);
    }
    known.requests += 1;
    if (known.orders.size < REMEMBERED_MAX) known.orders.add(tools.join(" "));
  }

  #seeSystem(block: number, text: string): void {
    if (block >= SYSTEM_BLOCKS_MAX) return;
    this.#system[block] ??= { texts: new Set(), requests: 0 };
    const place = this.#system[block];
    place.requests += 1;
    if (place.texts.size < REMEMBERED_MAX) place.texts.add(text);
  }

  findings(): PromptFindings {
    const reordered = [...this.#orders.values()].filter(({ orders }) => orders.size > 1);
    return {
      reorderedTools: {
        sets: reordered.length,
        requests: reordered.reduce((sum, { requests }) => sum + requests, 0),
      },
      volatileSystem: this.#system.flatMap(({ texts, requests }, block) =>
        texts.size >= PROMPTS_MIN && texts.size >= DIFFERENT_SHARE_MIN * requests
          ? [{ block, different: texts.size, requests }]
          : [],
      ),
    };
  }
}
