/** Clients that call without pause, wait while the gateway is down, and keep their own record. */
import { setTimeout as wait } from "node:timers/promises";
import type { Agent } from "undici";
import type { Random } from "../../../src/base/index.ts";
import type { SeenResponse } from "../auditor/index.ts";
import { planCall } from "./planned-calls.ts";
import { callOnce, createConnections } from "./raw-client.ts";

export type Load = {
  /** The gateway listens here now; the waiting clients go on. */
  readonly gatewayIsUp: (url: string) => void;
  /** The gateway is gone; calls in flight fail, new ones wait. */
  readonly gatewayIsDown: () => void;
  readonly inFlight: () => number;
  readonly seen: readonly SeenResponse[];
  /** Calls that got no whole answer. */
  readonly brokenCalls: () => number;
  /** Resolves when `count` more responses have been seen complete. */
  readonly completions: (count: number) => Promise<void>;
  /** No new calls; resolves when those in flight have ended. */
  readonly finish: () => Promise<void>;
};

type Target = { readonly gateway: string; readonly agent: Agent };
type Waiter = { readonly at: number; readonly resolve: () => void };

const PAUSE_AFTER_FAILURE_MS = 2;

export function startLoad(random: Random, clients: number): Load {
  const seen: SeenResponse[] = [];
  let target = Promise.withResolvers<Target>();
  let current: Target | null = null;
  let waiters: readonly Waiter[] = [];
  let inFlight = 0;
  let broken = 0;
  let isFinishing = false;

  const onComplete = (response: SeenResponse): void => {
    seen.push(response);
    for (const waiter of waiters) if (seen.length >= waiter.at) waiter.resolve();
    waiters = waiters.filter((waiter) => seen.length < waiter.at);
  };
  const work = async (): Promise<void> => {
    while (!isFinishing) {
      const aim = await target.promise;
      let isComplete = false;
      inFlight += 1;
      await callOnce(aim, planCall(random), (response) => {
        isComplete = true;
        onComplete(response);
      }).catch(() => {});
      inFlight -= 1;
      if (isComplete) continue;
      broken += 1;
      await wait(PAUSE_AFTER_FAILURE_MS);
    }
  };
  const workers = Array.from({ length: clients }, work);

  return {
    gatewayIsUp: (gateway) => {
      current = { gateway, agent: createConnections() };
      target.resolve(current);
    },
    gatewayIsDown: () => {
      target = Promise.withResolvers<Target>();
      // Not destroyed: what the gateway sent before it died may still be on its way to a client.
      current?.agent.close().catch(() => {});
    },
    inFlight: () => inFlight,
    seen,
    brokenCalls: () => broken,
    completions: (count) =>
      new Promise((resolve) => {
        waiters = [...waiters, { at: seen.length + count, resolve }];
      }),
    finish: async () => {
      isFinishing = true;
      await Promise.all(workers);
      await current?.agent.close();
    },
  };
}
