/**
 * Exchanges of the ledger as workloads: one for each model and speed, since caches are not shared
 * between those. Only exchanges with reported usage and a whole prompt count; the others are told.
 */
import type { PicoUsd } from "../../../base/index.ts";
import type { Usage } from "../../../domain/billing/index.ts";
import type { Catalogue, ModelFacts } from "../../../domain/catalogue/index.ts";
import {
  type Ending,
  NO_NODE,
  type PlacedMarker,
  type PrefixIndex,
  type TokensByClass,
  type Workload,
  type WorkloadRequest,
} from "../../../domain/prompt-cache/index.ts";
import type { PromptedExchange } from "../../../stores/contracts/index.ts";
import { BilledPaths } from "../billed-paths.ts";
import { billedBlocks } from "./billed-blocks.ts";

/** How a request is priced: what its response said of itself. */
export type PricedAs = Pick<Usage, "serviceTier" | "speed" | "inferenceGeo">;

export type LedgerWorkload = {
  readonly model: ModelFacts;
  readonly workload: Workload;
  /** By request, in order. */
  readonly pricedAs: readonly PricedAs[];
  /** What these requests were billed, where all of it is measured. */
  readonly billed: TokensByClass & { readonly output: number; readonly amount: PicoUsd | null };
  /** Tokens by which prompts of the tree differ from what was billed, summed. */
  readonly excessTokens: number;
};

export type LedgerWorkloads = {
  readonly workloads: readonly LedgerWorkload[];
  /** Exchanges that could not go in, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
};

export type LedgerWorkloadOptions = {
  readonly catalogue: Catalogue;
  /** Price all traffic as this model; each exchange's own when `null`. */
  readonly model: ModelFacts | null;
  /** Which exchanges count. */
  readonly keep: (exchange: PromptedExchange) => boolean;
};

const ASSUMPTIONS: readonly string[] = [
  "all keys belong to one workspace, so that they share a cache",
  "sizes of blocks are estimated from their bytes and scaled so that each prompt comes to what was billed",
  "tool choice, thinking, effort and the presence of images change what the messages are found by",
];

export async function readLedgerWorkloads(
  exchanges: AsyncIterable<PromptedExchange>,
  options: LedgerWorkloadOptions,
): Promise<LedgerWorkloads> {
  const groups = new Map<string, Group>();
  const leftOut: Record<string, number> = {};
  for await (const exchange of exchanges) {
    if (!options.keep(exchange)) continue;
    const found = readable(exchange, options);
    if (typeof found === "string") leftOut[found] = (leftOut[found] ?? 0) + 1;
    else addTo(groups, found);
  }
  return { workloads: [...groups.values()].map((group) => group.finish()), leftOut };
}

type Readable = {
  readonly exchange: PromptedExchange;
  readonly path: NonNullable<PromptedExchange["path"]>;
  readonly usage: Usage;
  readonly model: ModelFacts;
};

/** What the replay needs of an exchange, or why it cannot go in. */
function readable(exchange: PromptedExchange, options: LedgerWorkloadOptions): Readable | string {
  const { opened, settled, path } = exchange;
  const usage = settled?.measured?.usage ?? settled?.unbilledUsage?.usage;
  if (usage === undefined) return "no usage was reported";
  if (path === null || path.length === 0) return "its prompt is not in the ledger";
  if (promptTokensOf(usage) === 0) return "its prompt has no tokens";
  if (options.model !== null) return { exchange, path, usage, model: options.model };
  const id = settled?.modelServed ?? opened.modelAsked ?? "";
  const resolution = options.catalogue.resolve(id);
  if (resolution.kind === "unknown") return "its model is unknown";
  return { exchange, path, usage, model: resolution.facts };
}

function promptTokensOf(usage: Usage): number {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  return inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
}

function addTo(groups: Map<string, Group>, found: Readable): void {
  const speed = found.usage.speed ?? "standard";
  const key = `${found.model.id} ${speed}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = new Group(found.model, key);
    groups.set(key, group);
  }
  group.add(found);
}

class Group {
  readonly #model: ModelFacts;
  readonly #name: string;
  readonly #paths = new BilledPaths();
  /** Where earlier prompts ended in the tree, by node of the ledger's tree and settings. */
  readonly #ends = new Map<string, PrefixIndex>();
  readonly #requests: WorkloadRequest[] = [];
  readonly #pricedAs: PricedAs[] = [];
  readonly #billed = { read: 0, write5m: 0, write1h: 0, input: 0, output: 0 };
  #amount: bigint | null = 0n;
  #excessTokens = 0;

  constructor(model: ModelFacts, name: string) {
    this.#model = model;
    this.#name = name;
  }

  add({ exchange, path, usage }: Readable): void {
    const index = this.#requests.length;
    const { opened } = exchange;
    const settings = JSON.stringify(opened.settings);
    const known = this.#ends.get(`${settings} ${opened.prompt?.parent ?? ""}`);
    const fresh = known === undefined ? path : path.slice(opened.prompt?.parentDepth ?? 0);
    const above = known === undefined ? [] : path.slice(0, path.length - fresh.length);
    const blocks = billedBlocks(fresh, opened.settings, this.#model.tokenizer);
    const placed = this.#paths.add({
      scope: "",
      blocks: known !== undefined && inMessages(above) ? withoutSettings(blocks) : blocks,
      from: known ?? NO_NODE,
      promptTokens: promptTokensOf(usage),
      index,
    });
    this.#ends.set(`${settings} ${opened.prompt?.node ?? ""}`, placed.leaf);
    this.#excessTokens += placed.excessTokens;
    this.#requests.push(
      this.#requestOf(exchange, {
        ...placed,
        depth: path.length,
        outputTokens: usage.outputTokens,
      }),
    );
    this.#pricedAs.push(usage);
    this.#count(exchange, usage);
  }

  #count(exchange: PromptedExchange, usage: Usage): void {
    const { settled } = exchange;
    this.#billed.read += usage.cacheReadTokens;
    this.#billed.write5m += usage.cacheWrite5mTokens;
    this.#billed.write1h += usage.cacheWrite1hTokens;
    this.#billed.input += usage.inputTokens;
    this.#billed.output += usage.outputTokens;
    const free = settled?.unbilledReason?.startsWith("not-billed") === true ? 0n : null;
    const total = settled?.measured?.total ?? free;
    this.#amount = total === null || this.#amount === null ? null : this.#amount + total;
  }

  #requestOf(
    { opened, settled }: PromptedExchange,
    placed: {
      readonly leaf: PrefixIndex;
      readonly tailTokens: number;
      readonly depth: number;
      readonly outputTokens: number;
    },
  ): WorkloadRequest {
    const endMs = settled?.at ?? opened.at;
    return {
      leaf: placed.leaf,
      tailTokens: placed.tailTokens,
      startMs: opened.at,
      responseBeginMs: settled?.firstByteAt ?? endMs,
      endMs,
      ending: endingOf(settled),
      session: opened.attributes.session ?? opened.attributes.user ?? String(opened.call),
      agent: null,
      outputTokens: placed.outputTokens,
      markersSent: this.#markersOf(opened.prompt, placed),
    };
  }

  #markersOf(
    prompt: PromptedExchange["opened"]["prompt"],
    { leaf, depth }: { readonly leaf: PrefixIndex; readonly depth: number },
  ): readonly PlacedMarker[] {
    if (prompt === null) return [];
    const markers: PlacedMarker[] = prompt.markers.map(({ position, lifetime }) => ({
      node: this.#blockAt(leaf, depth - 1 - position),
      lifetime,
    }));
    const last = this.#paths.lastMarkable(leaf);
    const { automaticMarker } = prompt;
    if (automaticMarker === null || last === NO_NODE) return markers;
    if (markers.some(({ node }) => node === last)) return markers;
    return [...markers, { node: last, lifetime: automaticMarker }];
  }

  /** The block `up` blocks above `leaf`; the settings between system and messages are no block. */
  #blockAt(leaf: PrefixIndex, up: number): PrefixIndex {
    let node = leaf;
    let left = up;
    while (left > 0 || this.#paths.kindOf(node) === "settings") {
      if (this.#paths.kindOf(node) !== "settings") left -= 1;
      node = this.#paths.parentOf(node);
    }
    return node;
  }

  finish(): LedgerWorkload {
    return {
      model: this.#model,
      workload: {
        name: this.#name,
        tree: this.#paths.finish(),
        requests: this.#requests,
        assumptions: ASSUMPTIONS,
      },
      pricedAs: this.#pricedAs,
      billed: { ...this.#billed, amount: this.#amount as PicoUsd | null },
      excessTokens: this.#excessTokens,
    };
  }
}

function inMessages(path: readonly { readonly section: string }[]): boolean {
  return path.at(-1)?.section === "messages";
}

function withoutSettings<Block extends { readonly kind: string }>(
  blocks: readonly Block[],
): readonly Block[] {
  return blocks.filter(({ kind }) => kind !== "settings");
}

const STOPS: ReadonlySet<string> = new Set(["tool_use", "end_turn", "max_tokens", "refusal"]);

function endingOf(settled: PromptedExchange["settled"]): Ending {
  if (settled?.outcome === "client-left") return "cancelled";
  if (settled?.outcome !== "completed") return "failed";
  const stop = settled.stopReason ?? "";
  return STOPS.has(stop) ? (stop as Ending) : "unknown";
}
