/**
 * The step "cache plan" of a call: which policy it falls under, whether it is held out, where markers
 * go, and what is written down of it. A call that no policy is about costs one lookup.
 */
import type { Instant } from "../../../base/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import {
  type Arm,
  assignArm,
  type CacheDecision,
  type CachePolicy,
  formatArm,
  formatCacheDecision,
  type PolicySnapshot,
} from "../../../domain/policy/index.ts";
import type { PromptPath } from "../../../domain/prompt/index.ts";
import type {
  CachePlanner,
  DueKeepAlive,
  Ending,
  PromptPlace,
  TokensByClass,
} from "../../../domain/prompt-cache/index.ts";
import type { Attributes, Outcome, SettledEntry } from "../../../stores/contracts/index.ts";
import {
  ownMarkersForbid,
  type RequestReading,
  type RequestView,
  type SplicedMarker,
  spliceMarkers,
} from "../../../wire/messages/index.ts";
import { createPlanners, type PlannerChoice, type Planners } from "./planners.ts";
import { prefixRoot, promptPlaces } from "./prompt-places.ts";
import { type Boarding, type HoldEnd, type Lead, Stampede } from "./stampede.ts";

export type AutopilotCall = {
  readonly at: Instant;
  readonly body: Buffer;
  readonly request: RequestReading;
  readonly prompt: PromptPath | null;
  /** The prefix node of each block. */
  readonly nodes: readonly string[];
  readonly attributes: Attributes;
  /** Calls of the same word share the provider's prompt cache. */
  readonly credential: string | null;
};

/** What is to become of a call. */
export type CallPlan = {
  /** What is forwarded: the client's own bytes, or these with markers spliced in. */
  readonly body: Buffer;
  readonly decisions: readonly string[];
  readonly arm: string | null;
  /** The longest lifetime of the markers that were added. */
  readonly addedLifetime: "5m" | "1h" | null;
  readonly decision: CacheDecision | null;
  /** What could be kept alive of it; `null` when its policy says not to, or nothing can. */
  readonly warm: WarmPrefix | null;
  /** To be told how the call goes; `null` when nothing was planned. */
  readonly flight: Flight | null;
};

/** A prompt that can be sent again as it is, to keep alive what its last marker wrote. */
export type WarmPrefix = {
  readonly planner: CachePlanner;
  /** The key of each prefix of the prompt, from the root to its end. */
  readonly keys: readonly string[];
  /** The one that its last marker stands at. */
  readonly prefixKey: string;
  /** A rough size of it. */
  readonly prefixTokens: number;
};

/** A planned call on its way. `over` is called once, however it ends. */
export type Flight = {
  /** Waits for another call that writes the same prefix; `null` when it did not wait. */
  readonly hold: (onClientGone: (leave: () => void) => () => void) => Promise<HoldEnd | null>;
  readonly began: (at: Instant) => void;
  readonly over: (settled: SettledEntry | null) => void;
};

export type AutopilotOptions = {
  readonly policies: PolicySnapshot;
  readonly catalogue: Catalogue;
  /** Keyed, as hex: decides the arm of a unit. */
  readonly digest: (text: string) => string;
};

type OtherRules = Pick<AutopilotOptions, "policies" | "catalogue"> & { readonly at: Instant };

/** Every byte of it is written before it is read. */
const allocate = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes);

type PlannedCall = {
  readonly call: AutopilotCall;
  readonly request: RequestView;
  readonly policy: CachePolicy;
};
type ArmQuestion = Omit<PlannedCall, "call"> & {
  readonly call: Pick<AutopilotCall, "at" | "nodes">;
};
type ReadyPlanner = Extract<PlannerChoice, { kind: "planner" }>;

/** What goes on under other rules: the calls that wait for one another, and what planners learned. */
type Inherited = { readonly stampede: Stampede; readonly planners: Planners };

export class Autopilot {
  readonly stampede: Stampede;
  readonly #options: AutopilotOptions;
  readonly #planners: Planners;

  constructor(options: AutopilotOptions, inherited: Inherited | null = null) {
    this.#options = options;
    this.stampede = inherited?.stampede ?? new Stampede();
    this.#planners = inherited?.planners ?? createPlanners(options.catalogue);
  }

  /**
   * The same under other rules. What a planner learned of arrivals and of the provider's cache stays
   * true under another policy, so it is lost only where the prices that it weighs have changed.
   */
  under({ catalogue, policies, at }: OtherRules): Autopilot {
    const planners = this.#planners.under(catalogue, at);
    const { stampede } = this;
    return new Autopilot({ ...this.#options, catalogue, policies }, { stampede, planners });
  }

  /** The longest lifetime of markers that {@link plan} may add to such a call. */
  longestAdded({
    request,
    attributes,
  }: Pick<AutopilotCall, "request" | "attributes">): "1h" | null {
    if (request.kind === "unreadable") return null;
    const policy = this.#options.policies.cacheFor({ ...attributes, model: request.model });
    return policy?.mode === "apply" ? "1h" : null;
  }

  plan(call: AutopilotCall): CallPlan {
    const { request, attributes } = call;
    if (request.kind === "unreadable" || call.prompt === null) return untouched(call.body);
    const policy = this.#options.policies.cacheFor({ ...attributes, model: request.model });
    if (policy === null) return untouched(call.body);
    const planned = { call, request, policy };
    const arm = this.#armOf(planned);
    if (arm?.name === "hold-out") return leftAlone(planned, arm, { kind: "hold-out", reason: "" });
    const forbidden = ownMarkersForbid(request, policy.cache.ownMarkers);
    if (forbidden !== null)
      return leftAlone(planned, arm, { kind: "left-alone", reason: forbidden });
    const choice = this.#planners.planner(request.model, request.settings.speed, call.at);
    if (choice.kind === "none") {
      return leftAlone(planned, arm, { kind: "left-alone", reason: choice.reason });
    }
    return this.#planMarkers(planned, arm, choice);
  }

  /** The next prefix worth a call of its own by `nowMs`; one that `allows` refuses is let go. */
  nextKeepAlive(
    nowMs: number,
    allows: (planner: CachePlanner, due: DueKeepAlive) => boolean,
  ): boolean {
    for (const planner of this.#planners.all()) {
      if (planner.nextKeepAlive(nowMs, (due) => allows(planner, due)) !== null) return true;
    }
    return false;
  }

  /** Under which policy, and in which arm, a call may keep alive what it reads; `null`: not at all. */
  keepAliveFor(
    call: Omit<AutopilotCall, "body" | "credential">,
  ): { readonly policy: string; readonly arm: string } | null {
    const { request, attributes } = call;
    if (request.kind === "unreadable") return null;
    const policy = this.#options.policies.cacheFor({ ...attributes, model: request.model });
    if (policy?.mode !== "apply" || policy.cache.keepAlive !== true) return null;
    const arm = this.#armOf({ call, request, policy });
    return arm?.name === "apply" ? { policy: policy.name, arm: formatArm(arm) } : null;
  }

  #armOf({ call, request, policy }: ArmQuestion): Arm | null {
    if (policy.mode !== "apply") return null;
    const root = prefixRoot(request, call.nodes);
    if (root === null) return null;
    const { digest } = this.#options;
    const { holdOut, cache } = policy;
    return assignArm({ root, atMs: call.at, seed: cache.seed, holdOut, digest });
  }

  #planMarkers(planned: PlannedCall, arm: Arm | null, chosen: ReadyPlanner): CallPlan {
    const { call, request, policy } = planned;
    const places = promptPlaces({
      request,
      nodes: call.nodes,
      credential: call.credential,
      tokenizer: chosen.facts.tokenizer,
    });
    const markers = chosen.planner.plan(places, call.at);
    if (policy.mode === "advise") {
      const decision = { policy: policy.name, kind: "advise", markers, reason: "" } as const;
      const flight = new PlannedFlight(null, chosen.planner, places);
      return {
        ...untouched(call.body),
        decision,
        decisions: [formatCacheDecision(decision)],
        flight,
      };
    }
    const { ownMarkers } = policy.cache;
    const spliced = spliceMarkers(call.body, { request, markers, ownMarkers, allocate });
    if (spliced.kind === "left-alone") {
      return leftAlone(planned, arm, { kind: "left-alone", reason: spliced.reason });
    }
    const { body } = spliced;
    const decision = {
      policy: policy.name,
      kind: "apply",
      markers: spliced.markers,
      reason: "",
    } as const;
    const boarding = boardingOf(places, request, spliced.markers, chosen, call.at);
    const asPlanned =
      spliced.markers.length === markers.length &&
      markers.every(({ block, lifetime }) =>
        spliced.markers.some((sent) => sent.block === block && sent.lifetime === lifetime),
      );
    const { stampedeHoldMsMax: holdMsMax } = policy.cache;
    const seat = { stampede: this.stampede, boarding, holdMsMax, asPlanned };
    return {
      body: Buffer.from(body.buffer, body.byteOffset, body.length),
      decisions: [formatCacheDecision(decision)],
      arm: arm === null ? null : formatArm(arm),
      addedLifetime: longestOf(spliced.markers),
      decision,
      warm: asPlanned && policy.cache.keepAlive === true ? warmOf(chosen, request, boarding) : null,
      flight: new PlannedFlight(seat, chosen.planner, places),
    };
  }
}

function untouched(body: Buffer): CallPlan {
  return {
    body,
    decisions: [],
    arm: null,
    addedLifetime: null,
    decision: null,
    warm: null,
    flight: null,
  };
}

function leftAlone(
  { call, policy }: PlannedCall,
  arm: Arm | null,
  why: Pick<CacheDecision, "kind" | "reason">,
): CallPlan {
  const decision = { policy: policy.name, markers: [], ...why };
  return {
    ...untouched(call.body),
    decisions: [formatCacheDecision(decision)],
    arm: arm === null ? null : formatArm(arm),
    decision,
  };
}

function longestOf(markers: readonly SplicedMarker[]): "5m" | "1h" | null {
  // No marker for five minutes stands before one for an hour.
  return markers[0]?.lifetime ?? null;
}

/**
 * Only what was marked for an hour throughout and last in the last message: then the same bytes, asked for
 * no answer, read just that. `null` for what such a call may not have ("core rules"), and for what could cost
 * more than its prompt.
 */
function warmOf(
  { planner }: ReadyPlanner,
  request: RequestView,
  { keys, prefixTokens, markers }: Boarding,
): WarmPrefix | null {
  const last = markers.at(-1);
  const blocks = request.blocks();
  const message = blocks.at(-1)?.messageIndex ?? null;
  if (last === undefined || message === null) return null;
  if (markers.some(({ lifetime }) => lifetime === "5m")) return null;
  if (blocks[last.block]?.messageIndex !== message || blocks.at(-1)?.role !== "user") return null;
  if (!request.mayBePrewarmed) return null;
  const prefixKey = keys[last.block] ?? "";
  return { planner, keys, prefixKey, prefixTokens: prefixTokens[last.block] ?? 0 };
}

/** Near enough to say whether a prefix is worth waiting for. */
const BYTES_PER_TOKEN = 4;

function boardingOf(
  places: readonly PromptPlace[],
  request: RequestView,
  markers: readonly SplicedMarker[],
  { ratios }: ReadyPlanner,
  nowMs: number,
): Boarding {
  let bytes = 0;
  const prefixTokens = request.blocks().map((block) => {
    bytes += block.bytes;
    return bytes / BYTES_PER_TOKEN;
  });
  const savingPerToken = ratios.write5m - ratios.read;
  return { keys: places.map(({ key }) => key), prefixTokens, markers, savingPerToken, nowMs };
}

type Seat = {
  readonly stampede: Stampede;
  readonly boarding: Boarding;
  readonly holdMsMax: number;
  /** Whether exactly the planner's markers were sent; only then does usage tell it anything. */
  readonly asPlanned: boolean;
};

class PlannedFlight implements Flight {
  readonly #seat: Seat | null;
  readonly #planner: CachePlanner;
  readonly #leafKey: string;
  #lead: Lead | null = null;
  #isOver = false;

  constructor(seat: Seat | null, planner: CachePlanner, places: readonly PromptPlace[]) {
    this.#seat = seat;
    this.#planner = planner;
    this.#leafKey = places.at(-1)?.key ?? "";
  }

  async hold(onClientGone: (leave: () => void) => () => void): Promise<HoldEnd | null> {
    if (this.#seat === null) return null;
    const { stampede, boarding, holdMsMax } = this.#seat;
    const end = await stampede.hold(boarding, { holdMsMax, onClientGone });
    if (end !== "client-left" && !this.#isOver) this.#lead = stampede.lead(boarding);
    return end;
  }

  began(at: Instant): void {
    this.#lead?.began(at);
  }

  over(settled: SettledEntry | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lead?.over();
    if (settled?.firstByteAt == null) return;
    const startMs = this.#seat?.boarding.nowMs ?? settled.firstByteAt;
    const responseBeginMs = settled.firstByteAt;
    const ending = endingOf(settled.outcome, settled.stopReason);
    const key = this.#leafKey;
    const tokens = this.#seat?.asPlanned ? tokensOf(settled) : null;
    this.#planner.observe({ key, startMs, responseBeginMs, endMs: settled.at, ending, tokens });
  }
}

/** What was read and written, by a call that was sampled once; `null` when that was not reported. */
function tokensOf({ measured }: SettledEntry): TokensByClass | null {
  if (measured === null || (measured.usage.iterations?.length ?? 0) > 1) return null;
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, inputTokens } = measured.usage;
  return {
    read: cacheReadTokens,
    write5m: cacheWrite5mTokens,
    write1h: cacheWrite1hTokens,
    input: inputTokens,
  };
}

function endingOf(outcome: Outcome, stopReason: string | null): Ending {
  if (outcome === "client-left") return "cancelled";
  if (outcome !== "completed") return "failed";
  if (stopReason === "tool_use" || stopReason === "end_turn" || stopReason === "max_tokens") {
    return stopReason;
  }
  return stopReason === "refusal" ? "refusal" : "unknown";
}
