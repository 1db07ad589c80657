/** A call at its limits: asked, counted, answered where it ends here. */
import type { ServerResponse } from "node:http";
import type { GatewayContext } from "../gateway-context.ts";
import { refuseCall } from "../refuse-call.ts";
import type { LimitedCall, LimitVerdict } from "./call-limiter.ts";
import type { CallPass } from "./call-pass.ts";
import { readWaitMs } from "./read-wait.ts";

/** A call that was counted in. It is counted out here, unless the answer takes that over. */
export class LimitEntry {
  readonly decisions: readonly string[];
  readonly waitedMs: number;
  readonly isWatched: boolean;
  readonly #pass: CallPass;
  #isHandedOver = false;

  constructor({ decisions, waitedMs, pass }: Extract<LimitVerdict, { kind: "admitted" }>) {
    this.decisions = decisions;
    this.waitedMs = waitedMs;
    this.isWatched = pass.isWatched;
    this.#pass = pass;
  }

  handOver(): CallPass {
    this.#isHandedOver = true;
    return this.#pass;
  }

  releaseUnlessHandedOver(): void {
    if (!this.#isHandedOver) this.#pass.unsent();
  }
}

export type CallAtLimits = Omit<LimitedCall, "waitMs" | "onClientGone" | "isRetry"> & {
  readonly headers: ReadonlyMap<string, string>;
  readonly isRetry: boolean;
  readonly response: ServerResponse;
};

/** `null` when the call ends here; then it has been answered, or its client is gone. */
export async function passLimits(
  context: GatewayContext,
  { headers, response, ...call }: CallAtLimits,
): Promise<LimitEntry | null> {
  const asked = context.limiter.admit({
    ...call,
    waitMs: readWaitMs(headers.get("x-purser-wait")),
    onClientGone: (leave) => {
      response.once("close", leave);
      return () => void response.off("close", leave);
    },
  });
  const verdict = asked instanceof Promise ? await waited(context, asked) : asked;
  if (verdict.kind === "client-left") return null;
  if (verdict.kind === "refused") {
    tellRefused(context, call, verdict);
    refuseCall(context, response, verdict.refusal);
    return null;
  }
  for (const decision of verdict.decisions) {
    if (decision.includes("would refuse")) context.counters.limitDecision(decision);
  }
  context.counters.waitedMs += verdict.waitedMs;
  return new LimitEntry(verdict);
}

async function waited(
  { counters }: GatewayContext,
  asked: Promise<LimitVerdict>,
): Promise<LimitVerdict> {
  counters.waiting += 1;
  try {
    return await asked;
  } finally {
    counters.waiting -= 1;
  }
}

/** Refusals are no rows of the ledger: a program in a loop would fill it. */
function tellRefused(
  { counters, log }: GatewayContext,
  { attributes }: Pick<LimitedCall, "attributes">,
  { decision, refusal }: Extract<LimitVerdict, { kind: "refused" }>,
): void {
  counters.limitDecision(decision);
  const { key, team, user, endpoint, session } = attributes;
  const data = { code: refusal.code, key, team, user, endpoint, session };
  log({ level: "warn", event: "limit-refused", message: decision, data });
}
