/**
 * What every call of one running gateway stands on. It is never changed: when keys or rules do, another
 * takes its place, and a call keeps the one that it began with to its end.
 */
import type { Clock, FillRandom } from "../../base/index.ts";
import type { Showback } from "../../domain/billing/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import type { LimitSnapshot, PolicySnapshot } from "../../domain/policy/index.ts";
import type { BatchStore, LedgerWriter, Versions } from "../../stores/contracts/index.ts";
import type { BatchReservations, PromptTree } from "../exchange/index.ts";
import type { KeyRing } from "./access/index.ts";
import type { Autopilot } from "./autopilot/index.ts";
import type { BudgetKeeper } from "./budgets/index.ts";
import type { Counters } from "./counters.ts";
import type { DeferralDesk } from "./deferral/index.ts";
import type { HeldBodies } from "./held-bodies.ts";
import type { KeepAlive } from "./keep-alive/index.ts";
import type { CallLimiter } from "./limits/index.ts";
import type { GatewayLog } from "./log.ts";
import type { RecentAttempts } from "./recent-attempts.ts";
import type { RunningAnswers } from "./running-answers.ts";
import type { GatewaySettings } from "./settings.ts";
import type { Upstream } from "./upstream.ts";

/** What the way of a call asks of the budgets. */
export type BudgetGate = Pick<BudgetKeeper, "admit" | "reserve" | "resume">;

/** By what calls are decided, billed and shown; compiled whole and swapped whole. */
export type GatewayRules = {
  readonly catalogue: Catalogue;
  /** What customers are shown. */
  readonly showback: Showback;
  /** What may be done to traffic. */
  readonly policies: PolicySnapshot;
  /** How much callers may ask for. */
  readonly limits: LimitSnapshot;
  /** What an entry of the ledger names as the rules that it ran under. */
  readonly versions: Versions;
};

export type GatewayContext = {
  readonly settings: GatewaySettings;
  readonly keyRing: KeyRing;
  readonly ledger: LedgerWriter;
  readonly catalogue: Catalogue;
  readonly showback: Showback;
  readonly clock: Clock;
  readonly fillRandom: FillRandom;
  /** Keys the fingerprints of API keys; in hex, apart from the key of prompt blocks. */
  readonly keySecret: string;
  readonly versions: Versions;
  readonly log: GatewayLog;
  readonly upstream: Upstream;
  readonly prompts: PromptTree;
  readonly policies: PolicySnapshot;
  readonly autopilot: Autopilot;
  readonly keepAlive: KeepAlive;
  readonly budgets: BudgetGate;
  readonly limiter: CallLimiter;
  readonly counters: Counters;
  readonly attempts: RecentAttempts;
  readonly answers: RunningAnswers;
  readonly bodies: HeldBodies;
  /** Where batches are remembered; without it they pass unmetered. */
  readonly batches: BatchStore | null;
  /** What is set aside for the requests of batches. */
  readonly reservations: BatchReservations;
  /** Who keeps calls that can wait; without it none is deferred. */
  readonly deferral: DeferralDesk | null;
};
