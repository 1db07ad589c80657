/**
 * Where prompts stand in the prefix tree. Keeps no text: blocks are known by a fingerprint that is
 * keyed with the installation's secret, so that nobody can try texts against the ledger.
 */
import { hash } from "node:crypto";
import type { ExchangeId } from "../../base/index.ts";
import {
  type BlockFingerprint,
  type Chain,
  createPrefixIndex,
  type PrefixNode,
  type PromptBlock,
  type PromptPath,
  pathOf,
  type StoredBlock,
} from "../../domain/prompt/index.ts";
import type { PrefixBreak } from "../../domain/prompt-cache/index.ts";
import type { Attributes } from "../../stores/contracts/index.ts";
import type { RequestReading } from "../../wire/messages/index.ts";
import { createPrefixWatch } from "./prefix-watch/index.ts";

/** 128 bits: no two blocks of one installation will ever meet by chance. */
const FINGERPRINT_HEX_LENGTH = 32;

export type PromptTree = {
  /** The path of a request's prompt; `null` when the body was not a Messages request. */
  readonly place: (request: RequestReading) => PromptPath | null;
  /** Where the prompt at `path` left the one before it of its lineage; call once per exchange. */
  readonly breakOf: (placed: PlacedPrompt) => PrefixBreak | null;
  /** The nodes of a path that `place` gave, one for each block, from the root to its end. */
  readonly nodesOf: (path: PromptPath) => readonly PrefixNode[];
  /** Once the path is written down, later prompts may build on it. */
  readonly remember: (path: PromptPath | null) => void;
};

/** Texts up to this are hashed from memory that is used again and again; longer ones are rare. */
const SCRATCH_BYTES = 256 * 1024;
/** No character is longer in UTF-8, counted by its UTF-16 units. */
const BYTES_PER_UNIT_MAX = 3;

/** Digests of a key and what follows it. The scratch memory spares a copy of each prompt on the heap. */
class KeyedDigest {
  readonly #key: Buffer;
  readonly #scratch: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
    this.#scratch = Buffer.allocUnsafeSlow(key.length + SCRATCH_BYTES);
    key.copy(this.#scratch);
  }

  ofText(text: string): string {
    const from = this.#key.length;
    const fits = text.length * BYTES_PER_UNIT_MAX <= SCRATCH_BYTES;
    return fits
      ? hashed(this.#scratch.subarray(0, from + this.#scratch.write(text, from, "utf8")))
      : hashed(Buffer.concat([this.#key, Buffer.from(text, "utf8")]));
  }

  /** The same as of the block's content, which is not made for it where its parts are at hand. */
  ofBlock(block: PromptBlock): string {
    const parts = block.contentParts;
    if (parts === undefined || block.bytes > SCRATCH_BYTES) return this.ofText(block.content);
    const scratch = this.#scratch;
    let at = this.#key.length;
    at += scratch.write(parts.before, at, "latin1");
    scratch.set(parts.utf8, at);
    at += parts.utf8.length;
    at += scratch.write(parts.behind, at, "latin1");
    return hashed(scratch.subarray(0, at));
  }
}

function hashed(bytes: Buffer): string {
  return hash("sha256", bytes, "hex").slice(0, FINGERPRINT_HEX_LENGTH);
}

export type PlacedPrompt = {
  readonly exchange: ExchangeId;
  readonly attributes: Attributes;
  readonly request: RequestReading;
  readonly path: PromptPath | null;
};

export function createPromptTree(installationSecret: Uint8Array): PromptTree {
  const known = createPrefixIndex();
  const watch = createPrefixWatch();
  /** Of every block of a path; the path itself keeps only those that are new. */
  const fingerprintsOf = new WeakMap<PromptPath, readonly BlockFingerprint[]>();
  const nodesOf = new WeakMap<PromptPath, readonly PrefixNode[]>();
  const digest = new KeyedDigest(Buffer.from(installationSecret));
  const chain = (parent: PrefixNode | null, block: StoredBlock) =>
    digest.ofText(
      `${parent ?? ""}|${block.section}|${block.role ?? ""}|${block.fingerprint}`,
    ) as PrefixNode;
  return {
    place: (request) => {
      if (request.kind === "unreadable") return null;
      const { automaticMarker } = request;
      const fingerprints: BlockFingerprint[] = [];
      const nodes: PrefixNode[] = [];
      const noted: Chain = (parent, block) => {
        const node = chain(parent, block);
        nodes.push(node);
        return node;
      };
      const fingerprint = (block: PromptBlock): BlockFingerprint => {
        const found = digest.ofBlock(block) as BlockFingerprint;
        fingerprints.push(found);
        return found;
      };
      const blocks = request.blocks();
      const path = pathOf({ blocks, automaticMarker, fingerprint, chain: noted, known });
      if (path === null) return null;
      fingerprintsOf.set(path, fingerprints);
      nodesOf.set(path, nodes);
      return path;
    },
    breakOf: ({ exchange, attributes, request, path }) => {
      const fingerprints = path === null ? undefined : fingerprintsOf.get(path);
      if (path === null || fingerprints === undefined || request.kind === "unreadable") return null;
      return watch.see({ exchange, attributes, path, blocks: request.blocks(), fingerprints });
    },
    nodesOf: (path) => nodesOf.get(path) ?? [],
    remember: (path) => {
      if (path !== null) known.remember(path.node);
    },
  };
}
