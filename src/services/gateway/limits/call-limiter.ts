/** The step "limits" of a call: go on, wait, or end here. */
import { AssertionFailure, type Clock } from "../../../base/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import {
  type ExpectedUse,
  type Gauge,
  LIMIT_WORDS,
  type LimitName,
  loopSigns,
  RecentCounts,
  reachedBefore,
  type SessionUse,
  type Taken,
  type UseBounds,
  useBounds,
} from "../../../domain/limits/index.ts";
import type { LimitSnapshot } from "../../../domain/policy/index.ts";
import { estimatePromptTokens } from "../../../domain/prompt/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import type { KeyGrant } from "../access/index.ts";
import { type CallPass, countedIn, UNLIMITED } from "./call-pass.ts";
import { GaugeBook } from "./gauge-book.ts";
import { type LimitRefusal, type Obstacle, refusalOf } from "./refusal-of.ts";
import { type LimitRule, rulesFor } from "./rules.ts";
import { SessionBook } from "./session-book.ts";
import { WaitingRoom } from "./waiting-room.ts";

export type LimitedCall = {
  readonly attributes: Attributes;
  readonly grant: KeyGrant | null;
  readonly request: RequestReading;
  /** The prefix node of the whole prompt; `null` when there is none. */
  readonly node: string | null;
  readonly isRetry: boolean;
  readonly bodyBytes: number;
  /** How long the caller is willing to wait; `null` leaves it to the limits. */
  readonly waitMs: number | null;
  /** Calls back once the client has left; returns how to stop listening. */
  readonly onClientGone: (leave: () => void) => () => void;
};

export type LimitVerdict =
  | {
      readonly kind: "admitted";
      readonly pass: CallPass;
      readonly decisions: readonly string[];
      readonly waitedMs: number;
    }
  | { readonly kind: "refused"; readonly refusal: LimitRefusal; readonly decision: string }
  | { readonly kind: "client-left" };

export type LimiterOptions = {
  readonly limits: LimitSnapshot;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
};

const ADMITTED: LimitVerdict = {
  kind: "admitted",
  pass: UNLIMITED,
  decisions: [],
  waitedMs: 0,
};

/** How long the same prompt counts as the same call again. */
const REPEATED_WITHIN_MS = 10 * 60_000;
const PROMPTS_MAX = 20_000;

/** What was counted so far, and who waits: it goes on under other rules. */
type Inherited = {
  readonly gauges: GaugeBook;
  readonly sessions: SessionBook;
  readonly prompts: RecentCounts;
  readonly waiting: WaitingRoom;
};

export class CallLimiter {
  readonly #options: LimiterOptions;
  readonly #gauges: GaugeBook;
  readonly #sessions: SessionBook;
  readonly #prompts: RecentCounts;
  readonly #bounds = new WeakMap<object, UseBounds>();
  readonly waiting: WaitingRoom;

  constructor(options: LimiterOptions, inherited: Inherited | null = null) {
    this.#options = options;
    this.#gauges = inherited?.gauges ?? new GaugeBook();
    this.#sessions = inherited?.sessions ?? new SessionBook();
    const promptBounds = { windowMs: REPEATED_WITHIN_MS, entriesMax: PROMPTS_MAX };
    this.#prompts = inherited?.prompts ?? new RecentCounts(promptBounds);
    this.waiting = inherited?.waiting ?? new WaitingRoom(options.clock);
  }

  /** The same under other rules. A call that waits is judged to its end by those it began with. */
  under(rules: Pick<LimiterOptions, "limits" | "catalogue">): CallLimiter {
    const [gauges, sessions, prompts] = [this.#gauges, this.#sessions, this.#prompts];
    const inherited = { gauges, sessions, prompts, waiting: this.waiting };
    return new CallLimiter({ ...this.#options, ...rules }, inherited);
  }

  /** A promise only where the call has to wait. */
  admit(call: LimitedCall): LimitVerdict | Promise<LimitVerdict> {
    const { request, attributes, grant } = call;
    const rules = rulesFor(this.#options.limits, { attributes, grant, model: request.model });
    if (rules.length === 0) return ADMITTED;
    const measured = this.#measure(call, rules);
    const obstacle = this.#forbidding(measured);
    if (obstacle !== null) return refused(obstacle);
    if (this.waiting.isAwaited(measured.queued)) return this.#wait(measured, null);
    const full = this.#fullFor(measured);
    return full === null ? this.#countIn(measured, 0) : this.#wait(measured, full);
  }

  #measure(call: LimitedCall, rules: readonly LimitRule[]): MeasuredCall {
    const nowMs = this.#options.clock.monotonicMs();
    const applied = rules.filter(({ mode }) => mode === "apply");
    const gauges = applied.map((rule) => this.#gauges.of(rule, nowMs));
    return {
      call,
      rules,
      applied,
      gauges,
      queued: gauges.filter((_, index) => waitedFor(applied[index]) !== null),
      session: this.#sessions.of(call.attributes),
      use: this.#expectedUse(call.request),
      prompt: promptOf(call),
    };
  }

  /** The likely size of the prompt: it is corrected when the true one is known. */
  #expectedUse(request: RequestReading): ExpectedUse {
    if (request.kind === "unreadable") return { inputTokens: 0, maxTokens: request.maxTokens };
    const resolution = this.#options.catalogue.resolve(request.model);
    const tokenizer = resolution.kind === "known" ? resolution.facts.tokenizer : "claude-4.7";
    const { likely } = estimatePromptTokens(request.blocks(), tokenizer, request.outputFormatBytes);
    return { inputTokens: likely, maxTokens: request.maxTokens };
  }

  /** What no waiting would mend. */
  #forbidding(measured: MeasuredCall): Obstacle | null {
    for (const rule of measured.applied) {
      const limit = this.#reachedIn(rule, measured);
      if (limit !== null) return { rule: rule.name, limit, waitMs: null };
    }
    return null;
  }

  #reachedIn(
    { limits, scope }: LimitRule,
    measured: Pick<MeasuredCall, "call" | "session" | "prompt">,
  ): LimitName | null {
    const { call, session, prompt } = measured;
    const { maxTokens } = call.request;
    if (limits.maxTokens !== undefined && (maxTokens ?? 0) > limits.maxTokens) return "maxTokens";
    const reached = session === null ? null : reachedBefore(session, this.#boundsOf(limits));
    if (reached !== null) return reached;
    if (limits.repeatedCalls !== undefined && prompt !== null && !call.isRetry) {
      const nowMs = this.#options.clock.monotonicMs();
      const seen = this.#prompts.read(`${scope}${prompt}`, nowMs);
      if (seen >= limits.repeatedCalls) return "repeatedCalls";
    }
    return loopIn(limits, call.request);
  }

  #boundsOf(limits: LimitRule["limits"]): UseBounds {
    const bounds = this.#bounds.get(limits) ?? useBounds(limits);
    this.#bounds.set(limits, bounds);
    return bounds;
  }

  #fullFor({ applied, gauges, use }: MeasuredCall): FullFor | null {
    const nowMs = this.#options.clock.monotonicMs();
    const by: Gauge[] = [];
    let longest: Obstacle | null = null;
    for (const [index, gauge] of gauges.entries()) {
      const { name: rule = "", limits = {} } = applied[index] ?? {};
      gauge.under(limits, nowMs);
      const fit = gauge.fit(use, nowMs);
      if (fit.kind === "fits") continue;
      const { limit } = fit;
      by.push(gauge);
      if (fit.kind === "too-large") return { by, rule, limit, waitMs: null, isTooLarge: true };
      if (longest === null || (fit.waitMs ?? 0) > (longest.waitMs ?? 0)) {
        longest = { rule, limit, waitMs: fit.waitMs };
      }
    }
    return longest === null ? null : { ...longest, by };
  }

  #wait(
    measured: MeasuredCall,
    full: FullFor | null,
  ): Extract<LimitVerdict, { kind: "refused" }> | Promise<LimitVerdict> {
    const { call, applied } = measured;
    const longestMs = Math.max(0, ...applied.map(({ limits }) => limits.waitMsMax ?? 0));
    const waitMs = call.waitMs ?? longestMs;
    const obstacle = full ?? this.#fullFor(measured) ?? behindOthers(applied);
    const isVain = obstacle.isTooLarge === true || (obstacle.waitMs ?? 0) > waitMs;
    if (waitMs === 0 || isVain) return refused(obstacle);
    const startedMs = this.#options.clock.monotonicMs();
    let verdict: LimitVerdict | null = null;
    const entry = this.waiting.enter({
      gauges: measured.queued,
      bytes: call.bodyBytes,
      deadlineMs: startedMs + waitMs,
      onClientGone: call.onClientGone,
      tryEnter: (nowMs) => {
        const forbidding = this.#forbidding(measured);
        const still = forbidding === null ? this.#fullFor(measured) : null;
        if (still !== null) return still;
        verdict =
          forbidding === null ? this.#countIn(measured, nowMs - startedMs) : refused(forbidding);
        return "entered";
      },
    });
    if (entry === null) return refused(obstacle);
    return entry.then((end) => {
      if (end === "left") return { kind: "client-left" };
      return verdict ?? refused(this.#fullFor(measured) ?? obstacle);
    });
  }

  #countIn(measured: MeasuredCall, waitedMs: number): LimitVerdict {
    const { call, rules, gauges, session, use, prompt } = measured;
    const nowMs = this.#options.clock.monotonicMs();
    const shadows = this.#shadow(measured, nowMs);
    const taken = gauges.map((gauge) => [gauge, gauge.take(use, nowMs)] as const);
    if (session !== null) session.calls += 1;
    for (const { scope, limits } of rules) {
      if (limits.repeatedCalls === undefined || prompt === null || call.isRetry) continue;
      this.#prompts.count(`${scope}${prompt}`, nowMs);
    }
    const waited = waitedMs > 0 ? [`limit waited ${Math.ceil(waitedMs)}ms`] : [];
    const pass = countedIn({
      gauges: [...taken, ...shadows.taken],
      session,
      bounds: measured.applied
        .filter(({ limits }) => isWatched(limits, session))
        .map(({ name, limits }) => [name, this.#boundsOf(limits)] as const),
      nowMs: () => this.#options.clock.monotonicMs(),
      onOver: () => this.waiting.advance(),
    });
    return { kind: "admitted", pass, decisions: [...waited, ...shadows.decisions], waitedMs };
  }

  /** Policies that only advise: what they would have said, measured as if they had said it. */
  #shadow({ call, rules, session, use, prompt }: MeasuredCall, nowMs: number): Shadow {
    const decisions: string[] = [];
    const taken: (readonly [Gauge, Taken])[] = [];
    for (const rule of rules) {
      if (rule.mode !== "advise") continue;
      const reached = this.#reachedIn(rule, { call, session, prompt });
      const gauge = this.#gauges.of(rule, nowMs);
      const fit = gauge.fit(use, nowMs);
      const limit = reached ?? (fit.kind === "fits" ? null : fit.limit);
      if (limit === null) taken.push([gauge, gauge.take(use, nowMs)]);
      else decisions.push(`limit ${rule.name}: would refuse ${LIMIT_WORDS[limit]}`);
    }
    return { decisions, taken };
  }
}

type Shadow = {
  readonly decisions: readonly string[];
  readonly taken: readonly (readonly [Gauge, Taken])[];
};

type MeasuredCall = {
  readonly call: LimitedCall;
  readonly rules: readonly LimitRule[];
  /** Those that are applied, and the gauge of each. */
  readonly applied: readonly LimitRule[];
  readonly gauges: readonly Gauge[];
  /** Those in which others can be before this call. */
  readonly queued: readonly Gauge[];
  readonly session: SessionUse | null;
  readonly use: ExpectedUse;
  /** What the same call again has in common with this one. */
  readonly prompt: string | null;
};

function promptOf({ request, node, attributes }: LimitedCall): string | null {
  return node === null ? null : JSON.stringify([attributes.key, request.model, node]);
}

function loopIn(limits: LimitRule["limits"], request: RequestReading): LimitName | null {
  const { toolTurns, repeatedToolCalls } = limits;
  if (toolTurns === undefined && repeatedToolCalls === undefined) return null;
  if (request.kind === "unreadable") return null;
  const signs = loopSigns(request.blocks());
  if (signs.repeatedToolCalls > (repeatedToolCalls ?? Infinity)) return "repeatedToolCalls";
  return signs.toolTurns > (toolTurns ?? Infinity) ? "toolTurns" : null;
}

/** Whether a running call can reach one of these. */
function isWatched(limits: LimitRule["limits"], session: SessionUse | null): boolean {
  if (limits.callUsd !== undefined) return true;
  const { sessionTokens, sessionUsd } = limits;
  return session !== null && (sessionTokens !== undefined || sessionUsd !== undefined);
}

/** It would fit, and others were there before. */
function behindOthers(applied: readonly LimitRule[]): Obstacle {
  for (const rule of applied) {
    const limit = waitedFor(rule);
    if (limit !== null) return { rule: rule.name, limit, waitMs: BEHIND_OTHERS_MS };
  }
  throw new AssertionFailure("nobody is awaited where no rule has a rate");
}

/** The first limit of a rule that time, or the end of another call, helps with. */
function waitedFor(rule: LimitRule | undefined): LimitName | null {
  return WAITED_FOR.find((one) => rule?.limits[one] !== undefined) ?? null;
}

/** What a call does not fit now, and the gauges of all that it does not. */
type FullFor = Obstacle & { readonly by: readonly Gauge[] };

const BEHIND_OTHERS_MS = 1_000;
const WAITED_FOR = [
  "requestsPerMinute",
  "inputTokensPerMinute",
  "outputTokensPerMinute",
  "concurrentCalls",
] as const satisfies readonly LimitName[];

function refused(obstacle: Obstacle): Extract<LimitVerdict, { kind: "refused" }> {
  const decision = `limit ${obstacle.rule}: refused ${LIMIT_WORDS[obstacle.limit]}`;
  return { kind: "refused", refusal: refusalOf(obstacle), decision };
}
