/** Alerts that were raised, and what is still to be sent of them. */
import type { Instant, JsonObject } from "../../../base/index.ts";

export const ALERT_KINDS = [
  "budget-threshold",
  "anomaly",
  "forecast-exceeds",
  "unknown-model",
  "reconcile-drift",
  "ledger-trouble",
  "test",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export type NewAlert = {
  readonly id: string;
  /** The same for the same trouble: raised once in a cool-down. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly title: string;
  readonly text: string;
  readonly data: JsonObject;
  readonly at: Instant;
};

export type DeliveryState = "waiting" | "delivered" | "given-up";

export type StoredAlert = NewAlert & {
  readonly deliveries: readonly {
    readonly target: string;
    readonly state: DeliveryState;
    readonly attempts: number;
    readonly lastFailure: string | null;
  }[];
};

export type LeasedDelivery = {
  readonly id: string;
  readonly target: string;
  /** Those that were made before. */
  readonly attempts: number;
  readonly alert: NewAlert;
};

/** Errors: `STATE_*`. */
export type AlertStore = {
  /**
   * `held-back` where an alert of the same key was raised within the cool-down. `kept` where too many
   * deliveries wait: the alert is on record and is not sent.
   */
  readonly raise: (
    alert: NewAlert,
    targets: readonly string[],
    cooldownMs: number,
  ) => Promise<"raised" | "held-back" | "kept">;
  /** Newest first. */
  readonly list: (limit: number) => Promise<readonly StoredAlert[]>;
  /** Deliveries that are due, for this caller alone until `until`: then they are due again. */
  readonly lease: (
    now: Instant,
    until: Instant,
    limit: number,
  ) => Promise<readonly LeasedDelivery[]>;
  readonly delivered: (id: string) => Promise<void>;
  /** `nextAt` of `null` gives it up. */
  readonly failed: (id: string, reason: string, nextAt: Instant | null) => Promise<void>;
  /** Forgets alerts raised before, whose deliveries are over. */
  readonly removeBefore: (at: Instant) => Promise<void>;
};
