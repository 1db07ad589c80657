/**
 * Where prompts stand in the prefix tree. Keeps no text: blocks are known by a fingerprint that is
 * keyed with the installation's secret, so that nobody can try texts against the ledger.
 */
import { hash } from "node:crypto";
import {
  type BlockFingerprint,
  createPrefixIndex,
  type PrefixNode,
  type PromptPath,
  pathOf,
  type StoredBlock,
} from "../../domain/prompt/index.ts";
import type { RequestReading } from "../../wire/messages/index.ts";

/** 128 bits: no two blocks of one installation will ever meet by chance. */
const FINGERPRINT_HEX_LENGTH = 32;

export type PromptTree = {
  /** The path of a request's prompt; `null` when the body was not a Messages request. */
  readonly place: (request: RequestReading) => PromptPath | null;
  /** Once the path is written down, later prompts may build on it. */
  readonly remember: (path: PromptPath | null) => void;
};

export function createPromptTree(installationSecret: Uint8Array): PromptTree {
  const key = Buffer.from(installationSecret).toString("hex");
  const known = createPrefixIndex();
  const digest = (text: string): string =>
    hash("sha256", key + text, "hex").slice(0, FINGERPRINT_HEX_LENGTH);
  const fingerprint = (content: string) => digest(content) as BlockFingerprint;
  const chain = (parent: PrefixNode | null, block: StoredBlock) =>
    digest(
      `${parent ?? ""}|${block.section}|${block.role ?? ""}|${block.fingerprint}`,
    ) as PrefixNode;
  return {
    place: (request) => {
      if (request.kind === "unreadable") return null;
      const { automaticMarker } = request;
      return pathOf({ blocks: request.blocks(), automaticMarker, fingerprint, chain, known });
    },
    remember: (path) => {
      if (path !== null) known.remember(path.node);
    },
  };
}
