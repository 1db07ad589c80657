/**
 * Why requests were not read from the cache, and what that cost. Requests come in the order in which
 * they started; each visit of a block gets at most one cause; at the end every block is held against its
 * best plan, and the causes sum exactly to the gap between the bill and the best plan.
 */
import { assert } from "../../../base/index.ts";
import { alignBlocks } from "./align.ts";
import { BlockVisits } from "./block-visits.ts";
import { causeOfBreak, isVolatile } from "./causes.ts";
import { EntryRecord } from "./entry-record.ts";
import { type Change, explainMisses, settingChanges, settingsKeys } from "./explain-misses.ts";
import { type FittedBlocks, fitTokens } from "./fit-tokens.ts";
import { type MissReport, reportOf } from "./miss-report.ts";
import { NO_TRIE_NODE, PromptTrie, type TrieNode } from "./prompt-trie.ts";
import type { SeenRequest } from "./seen-request.ts";

export type MissDiagnosis = {
  /** Requests in the order of `startMs`. */
  readonly add: (request: SeenRequest) => void;
  /** Visits of blocks held so far, about a hundred bytes each. */
  readonly heldVisits: () => number;
  readonly finish: () => MissReport;
};

export function createMissDiagnosis(): MissDiagnosis {
  const diagnosis = new Diagnosis();
  return {
    add: (request) => diagnosis.add(request),
    heldVisits: () => diagnosis.visits.count,
    finish: () => reportOf(diagnosis.requests, diagnosis.visits),
  };
}

/** A request as it is remembered: its blocks are in the tree. */
export type RememberedRequest = {
  readonly request: SeenRequest;
  readonly leaf: TrieNode;
  readonly rest: FittedBlocks["rest"];
};

/** The request that another is compared with, and the nodes of its blocks. */
type Predecessor = {
  readonly request: SeenRequest;
  readonly scope: number;
  readonly path: readonly TrieNode[];
};

/** A request on its way through the diagnosis. */
type Arrival = {
  readonly index: number;
  readonly request: SeenRequest;
  /** Number of the cache that its blocks are looked for in. */
  readonly scope: number;
  readonly nodes: readonly TrieNode[];
  readonly predecessor: Predecessor | null;
  /** Per block: the block of the predecessor that it is, or -1. */
  readonly links: Int32Array;
  readonly changes: readonly Change[];
};

class Diagnosis {
  readonly requests: RememberedRequest[] = [];
  readonly visits = new BlockVisits();
  readonly #trie = new PromptTrie();
  readonly #entries = new EntryRecord();
  /** The request that last went through a node, within one model and speed. */
  readonly #visitors = new Map<number, number>();
  readonly #byId = new Map<string, number>();
  readonly #scopes = new Map<string, number>();

  add(request: SeenRequest): void {
    const index = this.requests.length;
    const last = this.requests.at(-1)?.request.startMs ?? request.startMs;
    assert(request.startMs >= last, "requests come in the order of their start");
    const arrival = this.#arrive(request, index);
    const places = this.#entryPlaces(request, arrival.nodes);
    const states = places.map((place) => this.#entries.stateOf(place, request.startMs));
    const fitted = fitTokens(
      request,
      places.map((place) => this.#entries.tokensAt(place)),
    );
    this.#addVisits(arrival, fitted, states);
    this.#leaveEntries(request, places, fitted);
    const leaf = arrival.nodes.at(-1) ?? NO_TRIE_NODE;
    this.#trie.visit(arrival.nodes, index);
    for (const node of arrival.nodes) this.#visitors.set(placeOf(arrival.scope, node), index);
    this.requests.push({ request: withoutBlocks(request), leaf, rest: fitted.rest });
    this.#byId.set(request.id, index);
  }

  #arrive(request: SeenRequest, index: number): Arrival {
    const nodes = this.#trie.place(request.blocks);
    const found = this.#predecessorOf(request, nodes);
    const predecessor = found === null ? null : this.#asPredecessor(found);
    const links = this.#linksOf(request, nodes, predecessor);
    const changes = predecessor === null ? [] : changesSince(predecessor.request, request);
    const scope = this.#scopeNumber(cacheScope(request));
    return { index, request, scope, nodes, predecessor, links, changes };
  }

  #asPredecessor({ request, leaf }: RememberedRequest): Predecessor {
    const scope = this.#scopeNumber(cacheScope(request));
    return { request, scope, path: this.#trie.pathTo(leaf) };
  }

  /**
   * The one that the gateway compared it with; else the last that shares the most of its messages. One of
   * another model counts only where this goes on from it: the same prompt sent to two models is no
   * conversation that changed its model.
   */
  #predecessorOf(request: SeenRequest, nodes: readonly TrieNode[]): RememberedRequest | null {
    const named = this.#byId.get(request.prefixBreak?.against ?? "");
    if (named !== undefined) return this.requests[named] ?? null;
    const scope = this.#scopeNumber(cacheScope(request));
    const goesOn = this.#trie.visitorOf(nodes.at(-1) ?? NO_TRIE_NODE) === -1;
    for (let block = nodes.length - 1; block >= 0; block -= 1) {
      if (request.blocks[block]?.section !== "messages") return null;
      const node = nodes[block] ?? NO_TRIE_NODE;
      const own = this.#visitors.get(placeOf(scope, node));
      if (own !== undefined) return this.requests[own] ?? null;
      const other = goesOn ? this.#trie.visitorOf(node) : -1;
      if (other !== -1) return this.requests[other] ?? null;
    }
    return null;
  }

  #linksOf(
    request: SeenRequest,
    nodes: readonly TrieNode[],
    predecessor: Predecessor | null,
  ): Int32Array {
    if (predecessor === null) return new Int32Array(nodes.length).fill(-1);
    const { path } = predecessor;
    const { prefixBreak } = request;
    if (prefixBreak === null) {
      return Int32Array.from(nodes, (node, block) => (path[block] === node ? block : -1));
    }
    const { links, divergence } = alignBlocks(this.#trie.blocksOf(path), request.blocks);
    const replaced = isVolatile(prefixBreak.change) && divergence?.block === prefixBreak.block;
    if (replaced) links[prefixBreak.block] = divergence.earlierBlock;
    return links;
  }

  /** The same block, as it would be had nothing before it changed. */
  #identityOf(arrival: Arrival, block: number, taken: ReadonlySet<number>): number {
    const { nodes, predecessor, links } = arrival;
    const node = nodes[block] ?? NO_TRIE_NODE;
    const own = this.visits.known(placeOf(arrival.scope, node));
    if (own !== null && !taken.has(own)) return own;
    const link = links[block] ?? -1;
    if (predecessor === null || link === -1) return this.visits.fresh();
    const before = predecessor.path[link] ?? NO_TRIE_NODE;
    const theirs = this.visits.known(placeOf(predecessor.scope, before));
    return theirs !== null && !taken.has(theirs) ? theirs : this.visits.fresh();
  }

  #addVisits(
    arrival: Arrival,
    fitted: FittedBlocks,
    entries: Parameters<typeof explainMisses>[0]["entries"],
  ): void {
    const { request, nodes, index } = arrival;
    const taken = new Set<number>();
    const identities = nodes.map((node, block) => {
      const identity = this.#identityOf(arrival, block, taken);
      taken.add(identity);
      this.visits.name(placeOf(arrival.scope, node), identity);
      return identity;
    });
    const misses = explainMisses({
      request,
      prefixTokens: runningSum(fitted.tokens),
      seenBefore: identities.map((identity) => this.visits.lastOf(identity) !== null),
      writtenBefore: identities.map((identity) => {
        const before = this.visits.lastOf(identity);
        return before !== null && before !== "input";
      }),
      entries,
      changes: arrival.changes,
    });
    identities.forEach((identity, block) => {
      const billedAs = fitted.billedAs[block] ?? "input";
      this.visits.add(identity, {
        request: index,
        block,
        tokens: fitted.tokens[block] ?? 0,
        billedAs,
        miss: billedAs === "read" ? null : (misses[block] ?? null),
      });
    });
  }

  /** What the request read lives on, and what it wrote can be read from now on. */
  #leaveEntries(request: SeenRequest, places: readonly number[], fitted: FittedBlocks): void {
    const { startMs, responseBeginMs, markers, tokens } = request;
    const prefix = runningSum(fitted.tokens);
    const read = fitted.blocksRead;
    const hit = places[read - 1];
    if (hit !== undefined) this.#entries.read(hit, startMs, tokens.read);
    const wrote = tokens.write5m + tokens.write1h > 0;
    for (const { position, lifetime } of markers) {
      const place = places[position];
      const reach = prefix[position] ?? 0;
      if (place === undefined || reach < request.prefixTokensMin) continue;
      const inside = position < read;
      if (!inside && !wrote) continue;
      if (inside && this.#entries.stateOf(place, startMs).kind === "readable") {
        this.#entries.read(place, startMs, reach);
      } else {
        const readableMs = responseBeginMs;
        const isBilled = !inside;
        this.#entries.write(place, { lifetime, startMs, readableMs, tokens: reach, isBilled });
      }
    }
  }

  /** Under what the entry behind each block is found: the later its section, the more counts. */
  #entryPlaces(request: SeenRequest, nodes: readonly TrieNode[]): readonly number[] {
    const settings = JSON.stringify(settingsKeys(request.settings));
    const scopes = {
      tools: this.#scopeNumber(`tools|${request.model}`),
      system: this.#scopeNumber(`system|${cacheScope(request)}`),
      messages: this.#scopeNumber(`messages|${cacheScope(request)}|${settings}`),
    };
    return nodes.map((node, block) =>
      placeOf(scopes[request.blocks[block]?.section ?? "messages"], node),
    );
  }

  #scopeNumber(scope: string): number {
    let number = this.#scopes.get(scope);
    if (number === undefined) {
      number = this.#scopes.size;
      assert(number < SCOPES_MAX, "a window has a bounded number of models and settings");
      this.#scopes.set(scope, number);
    }
    return number;
  }
}

const NODES_MAX = 2 ** 32;
const SCOPES_MAX = 2 ** 20;

/** A node within a scope, as one number. */
function placeOf(scope: number, node: TrieNode): number {
  return scope * NODES_MAX + node;
}

function cacheScope({ model, speed }: SeenRequest): string {
  return `${model}|${speed}`;
}

/** Blocks are in the tree; of a remembered request only what stands beside them is needed. */
function withoutBlocks(request: SeenRequest): SeenRequest {
  return { ...request, blocks: [] };
}

function changesSince(earlier: SeenRequest, later: SeenRequest): readonly Change[] {
  const changes = [...settingChanges(earlier, later)];
  const { prefixBreak } = later;
  if (prefixBreak !== null && prefixBreak.against === earlier.id) {
    changes.push({ block: prefixBreak.block, cause: causeOfBreak(prefixBreak) });
  }
  return changes.sort((left, right) => left.block - right.block);
}

function runningSum(tokens: readonly number[]): readonly number[] {
  let sum = 0;
  return tokens.map((count) => {
    sum += count;
    return sum;
  });
}
