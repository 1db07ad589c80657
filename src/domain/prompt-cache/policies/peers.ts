/**
 * The rules of three other gateways, as their documentation and code describe them: fixed places, one
 * lifetime, no look at the traffic. For comparison only.
 */
import {
  NO_NODE,
  type PrefixIndex,
  type PrefixTree,
  placeKindOf,
} from "../workload/prefix-tree.ts";
import { canMark, inPromptOrder, SectionPlaces } from "./fixed.ts";
import type { PolicyFactory } from "./policy.ts";

/** LiteLLM: one marker on the system prompt, one on the trailing turn. */
export const litellmPolicy: PolicyFactory = ({ tree }) => {
  const places = new SectionPlaces(tree);
  return {
    name: "litellm",
    plan: ({ leaf, index }) => {
      const system = places.sectionEnds(leaf, index)[0] ?? NO_NODE;
      return inPromptOrder(tree, markableOnes(tree, index, [system, leaf]), "5m");
    },
  };
};

/** Bifrost: one marker, on the first text block that can be cached; tools are not looked at. */
export const bifrostPolicy: PolicyFactory = ({ tree }) => ({
  name: "bifrost",
  plan: ({ leaf, index }) => {
    let first: PrefixIndex = NO_NODE;
    for (let node = leaf; node !== NO_NODE; node = tree.parent[node] ?? NO_NODE) {
      if (placeKindOf(tree, node) !== "tools" && canMark(tree, node, index)) first = node;
    }
    return inPromptOrder(tree, markableOnes(tree, index, [first]), "5m");
  },
});

/** Messages from which LLM Gateway marks the end of a conversation. */
const CONVERSATION_MESSAGES_MIN = 3;

/**
 * LLM Gateway: in conversations of three messages or more, the message before the latest user turn and
 * the latest message; and system prompts that are long enough to be cached.
 */
export const llmGatewayPolicy: PolicyFactory = ({ tree, prefixTokensMin }) => {
  const places = new SectionPlaces(tree);
  return {
    name: "llmgateway",
    plan: ({ leaf, index }) => {
      const system = places.sectionEnds(leaf, index)[0] ?? NO_NODE;
      const long = (tree.prefixTokens[system] ?? 0) >= prefixTokensMin;
      const messages = (tree.position[leaf] ?? 0) - (tree.position[system] ?? 0);
      const before = leaf === NO_NODE ? NO_NODE : (tree.parent[leaf] ?? NO_NODE);
      const ends = messages >= CONVERSATION_MESSAGES_MIN ? [before, leaf] : [];
      return inPromptOrder(
        tree,
        markableOnes(tree, index, [...(long ? [system] : []), ...ends]),
        "5m",
      );
    },
  };
};

function markableOnes(
  tree: PrefixTree,
  requestIndex: number,
  nodes: readonly PrefixIndex[],
): readonly PrefixIndex[] {
  return nodes.filter((node) => node !== NO_NODE && canMark(tree, node, requestIndex));
}
