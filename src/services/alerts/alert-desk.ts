/** Raises alerts, each once in a cool-down, and sends what is due until it arrives or is given up. */
import {
  type Clock,
  type Instant,
  instant,
  type JsonObject,
  PurserError,
} from "../../base/index.ts";
import type {
  AlertKind,
  AlertStore,
  LeasedDelivery,
  NewAlert,
} from "../../stores/contracts/index.ts";
import { bodyOf } from "./alert-body.ts";
import type { SendWebhook } from "./send-webhook.ts";
import type { AlertTarget } from "./webhook-target.ts";

export type AlertDesk = {
  /** What happened, said once in a cool-down by `key`. */
  readonly raise: (trouble: Trouble) => Promise<"raised" | "held-back" | "kept">;
  /** Sends everything that is due now. One at a time. */
  readonly deliver: (signal: AbortSignal) => Promise<void>;
};

export type Trouble = {
  readonly key: string;
  /** It happened and does not go on: told once, and not again after each cool-down. */
  readonly once?: boolean;
  readonly kind: AlertKind;
  readonly title: string;
  readonly text: string;
  readonly data: JsonObject;
};

export type AlertDeskOptions = {
  readonly store: AlertStore;
  readonly targets: readonly AlertTarget[];
  readonly send: SendWebhook;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly cooldownMs: number;
  readonly onGivenUp: (failure: { readonly target: string; readonly reason: string }) => void;
};

const LEASED_AT_ONCE = 20;
/** A process that dies while it sends leaves its deliveries to the next one after so long. */
const LEASE_MS = 10 * 60_000;
const FIRST_RETRY_MS = 10_000;
const RETRY_MS_MAX = 60 * 60_000;
/** With an hour between the later ones, more than three days. */
export const ATTEMPTS_MAX = 80;
const KEPT_MS = 90 * 24 * 60 * 60_000;

export function makeAlertDesk(options: AlertDeskOptions): AlertDesk {
  const { store, targets, clock, newId, cooldownMs } = options;
  return {
    raise: ({ once = false, ...trouble }) => {
      const wanted = targets.filter(({ kinds }) => kinds?.includes(trouble.kind) ?? true);
      const alert = { ...trouble, id: newId(), at: clock.now() };
      const names = wanted.map(({ name }) => name);
      return store.raise(alert, names, once ? KEPT_MS : cooldownMs);
    },
    deliver: async (signal) => {
      while (!signal.aborted) {
        const now = clock.now();
        const until = instant(now + LEASE_MS);
        const due = await store.lease(now, until, LEASED_AT_ONCE);
        if (due.length === 0) break;
        for (const delivery of due) {
          if (signal.aborted) return;
          await deliverOne(options, delivery, signal);
        }
      }
      await store.removeBefore(instant(clock.now() - KEPT_MS));
    },
  };
}

async function deliverOne(
  options: AlertDeskOptions,
  delivery: LeasedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { store, targets, clock, onGivenUp } = options;
  const target = targets.find(({ name }) => name === delivery.target);
  const failure =
    target === undefined
      ? { reason: "the target is configured no more", isFinal: true }
      : await attempt({ send: options.send, nowMs: clock.now }, { target, delivery, signal });
  if (failure === null) return store.delivered(delivery.id);
  if (signal.aborted) return;
  const attempts = delivery.attempts + 1;
  const isOver = failure.isFinal || attempts >= ATTEMPTS_MAX;
  const waitMs = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20));
  const nextAt = isOver ? null : instant(clock.now() + waitMs);
  await store.failed(delivery.id, failure.reason, nextAt);
  if (isOver) onGivenUp({ target: delivery.target, reason: failure.reason });
}

type Failure = { readonly reason: string; readonly isFinal: boolean };
type Attempt = {
  readonly target: AlertTarget;
  readonly delivery: LeasedDelivery;
  readonly signal: AbortSignal;
};

/** Answers that say the same however often one asks: the target is wrong, or wants no more. */
const FINAL_STATUSES = [400, 401, 403, 404, 405, 410, 413, 422];

async function attempt(
  { send, nowMs }: { readonly send: SendWebhook; readonly nowMs: () => number },
  { target, delivery, signal }: Attempt,
): Promise<Failure | null> {
  try {
    const body = bodyOf(delivery.alert, target.format, delivery.id);
    const webhook = { target, body, delivery: delivery.id, atMs: nowMs(), signal };
    const status = await send(webhook);
    if (status >= 200 && status < 300) return null;
    const isRedirect = status >= 300 && status < 400;
    const reason = isRedirect
      ? `it redirects (${status}), which nobody follows`
      : `it answered ${status}`;
    return { reason, isFinal: isRedirect || FINAL_STATUSES.includes(status) };
  } catch (error) {
    return { reason: reasonOf(error), isFinal: isRefusal(error) };
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof PurserError && error.code !== "ALERT_TARGET_UNREACHABLE";
}

/** Codes alone: the text of a network's error may hold the URL. */
function reasonOf(error: unknown): string {
  if (error instanceof PurserError) return error.what;
  if (!(error instanceof Error)) return "it cannot be reached";
  if (error.name === "TimeoutError" || error.name === "AbortError")
    return "it did not answer in time";
  return "code" in error ? `it cannot be reached (${String(error.code)})` : "it cannot be reached";
}

export type TestResult = {
  readonly target: string;
  readonly arrived: boolean;
  readonly says: string;
};

/** Sends one test alert, now, past any store. Never rejects. */
export async function testTarget(
  send: SendWebhook,
  target: AlertTarget,
  { at, signal }: { readonly at: Instant; readonly signal: AbortSignal },
): Promise<TestResult> {
  const alert: NewAlert = {
    ...{ id: `test_${at}`, key: "test", kind: "test", title: "Purser's alerts arrive" },
    ...{ text: "This is a test that somebody asked for.", data: {}, at },
  };
  const delivery = { id: `test_${at}_0`, target: target.name, attempts: 0, alert };
  const failure = await attempt({ send, nowMs: () => at }, { target, delivery, signal });
  const says = failure === null ? "it arrived" : failure.reason;
  return { target: target.name, arrived: failure === null, says };
}
