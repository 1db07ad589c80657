/**
 * Weeks of agent and chat traffic in one process, played three times: as it was sent, all under the
 * policy, and as an experiment with a hold-out. The first two give the true effect of the policy, the
 * third what `purser savings` would see of it.
 */
import { createHash } from "node:crypto";
import { type Random, randomInteger, seededRandom } from "../../../src/base/index.ts";
import {
  type ArmPart,
  assignArm,
  CARRY_OVER_MS,
  type ExperimentUnits,
  experimentUnits,
  formatArm,
  TIME_BLOCK_MS,
} from "../../../src/domain/policy/index.ts";
import {
  type CachePolicy,
  createCacheState,
  createPrefixTreeBuilder,
  DEFAULT_ASSUMPTIONS,
  equivalentsOf,
  fixedPolicy,
  NO_NODE,
  type PrefixTree,
  predictAndApply,
  purserPolicy,
} from "../../../src/domain/prompt-cache/index.ts";

const RATIOS = { read: 0.1, write5m: 1.25, write1h: 2 };
const PREFIX_TOKENS_MIN = 1_024;
const HOUR_MS = 3_600_000;

type Request = {
  readonly leaf: number;
  readonly startMs: number;
  readonly root: number;
  /** Whether the client sets markers of its own. */
  readonly marked: boolean;
};

export type Traffic = { readonly tree: PrefixTree; readonly requests: readonly Request[] };

export type TrafficShape = {
  readonly roots: number;
  readonly hours: number;
  /** Sessions that begin in an hour under one root. */
  readonly sessionsPerHour: number;
  /** Share of the roots whose clients set markers of their own. */
  readonly markedShare: number;
};

/** Every session of a root begins with the same prefix. */
export function makeTraffic(seed: number, shape: TrafficShape): Traffic {
  const random = seededRandom(seed);
  const builder = createPrefixTreeBuilder();
  const requests: Request[] = [];
  for (let root = 0; root < shape.roots; root += 1) {
    const shared = builder.add({
      parent: NO_NODE,
      tokens: randomInteger(random, 1_500, 12_000),
      kind: "system",
      markable: true,
      firstSeenBy: 0,
    });
    const busy = 0.3 + random.next() * 1.4;
    const marked = (root + 0.5) / shape.roots < shape.markedShare;
    let atMs = 0;
    for (;;) {
      atMs += (-Math.log(1 - random.next()) * HOUR_MS) / (shape.sessionsPerHour * busy);
      if (atMs > shape.hours * HOUR_MS) break;
      addSession(random, { builder, requests, shared, root, marked, atMs });
    }
  }
  requests.sort((left, right) => left.startMs - right.startMs);
  return { tree: builder.finish(), requests };
}

type NewSession = {
  readonly builder: ReturnType<typeof createPrefixTreeBuilder>;
  readonly requests: Request[];
  readonly shared: number;
  readonly root: number;
  readonly marked: boolean;
  readonly atMs: number;
};

function addSession(random: Random, session: NewSession): void {
  const { builder, requests, root, marked } = session;
  let node = session.shared;
  let startMs = session.atMs;
  const turns = 1 + Math.floor(-Math.log(1 - random.next()) * 6);
  for (let turn = 0; turn < turns; turn += 1) {
    const ofTool = turn > 0 && random.next() < 0.7;
    if (turn > 0) {
      node = addBlock(builder, node, randomInteger(random, 50, 600), "assistant");
      startMs += ofTool
        ? randomInteger(random, 3_000, 60_000)
        : randomInteger(random, 60_000, 2_400_000);
    }
    node = addBlock(
      builder,
      node,
      randomInteger(random, 100, 2_500),
      ofTool ? "tool_result" : "user_text",
    );
    requests.push({ leaf: node, startMs, root, marked });
  }
}

function addBlock(
  builder: NewSession["builder"],
  parent: number,
  tokens: number,
  kind: "assistant" | "tool_result" | "user_text",
): number {
  return builder.add({ parent, tokens, kind, markable: true, firstSeenBy: 0 });
}

/** Whether the policy decides this request; the others go as they were sent. */
type Decides = (request: Request) => boolean;

/** Costs of all requests, in fresh input tokens. */
function play({ tree, requests }: Traffic, decides: Decides): Float64Array {
  const cache = {
    tree,
    state: createCacheState(tree.size),
    prefixTokensMin: PREFIX_TOKENS_MIN,
    assumptions: DEFAULT_ASSUMPTIONS,
  };
  const setting = {
    ...{ tree, prefixTokensMin: PREFIX_TOKENS_MIN },
    ratios: RATIOS,
    assumptions: DEFAULT_ASSUMPTIONS,
  };
  const purser = purserPolicy(setting);
  const own = fixedPolicy(setting);
  const costs = new Float64Array(requests.length);
  requests.forEach((request, index) => {
    const { leaf, startMs, marked } = request;
    const markersBy = (policy: CachePolicy) =>
      policy.plan({ index: index + 1, leaf, startMs, markersSent: null });
    const markers = decides(request) ? markersBy(purser) : marked ? markersBy(own) : [];
    const sent = { leaf, tailTokens: 0, startMs, responseBeginMs: startMs, cancelled: false };
    costs[index] = equivalentsOf(predictAndApply(cache, sent, markers), RATIOS);
  });
  return costs;
}

export type Experiment = ExperimentUnits & { readonly trueShare: number };

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export function runExperiment(traffic: Traffic, seed: number, holdOut: number): Experiment {
  const sum = (costs: Float64Array): number => costs.reduce((total, cost) => total + cost, 0);
  const trueShare = 1 - sum(play(traffic, () => true)) / sum(play(traffic, () => false));
  const armOf = ({ root, startMs }: Request) =>
    assignArm({ root: String(root).padStart(16, "0"), atMs: startMs, seed, holdOut, digest });
  const arms = traffic.requests.map(armOf);
  const applied = new Set(traffic.requests.filter((_, index) => arms[index]?.name === "apply"));
  const costs = play(traffic, (request) => applied.has(request));
  const parts = traffic.requests.map((request, index): ArmPart => {
    const arm = arms[index] ?? { name: "apply", unit: "" };
    return {
      arm: formatArm(arm),
      early: request.startMs % TIME_BLOCK_MS < CARRY_OVER_MS,
      stratum: request.marked ? "marked" : "unmarked",
      cost: costs[index] ?? 0,
      volume: traffic.tree.prefixTokens[request.leaf] ?? 0,
    };
  });
  return { ...experimentUnits(parts), trueShare };
}
