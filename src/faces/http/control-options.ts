import type { OperationContext } from "../../operations/index.ts";
import type { MetricFamily } from "./metrics.ts";

/** What the control plane is made of, handed in by main. */
export type ControlOptions = {
  readonly version: string;
  /** What every request but `/healthz` must bring. A secret. */
  readonly token: string;
  /** Host names, besides addresses and localhost, under which it answers. */
  readonly allowedHosts: readonly string[];
  /** A context for one request; its signal aborts when the caller leaves. */
  readonly withContext: WithRequestContext;
  /** Runs an operation in a process of its own and gives its output. */
  readonly runApart: (name: string, input: unknown, signal: AbortSignal) => Promise<unknown>;
  /** Read at every scrape. */
  readonly metrics: () => readonly MetricFamily[];
  readonly health: () => Health;
  /** Told of faults of our own, with the id that the caller was given. */
  readonly onFault: (fault: { readonly id: string; readonly error: unknown }) => void;
};

export type WithRequestContext = (
  signal: AbortSignal,
  use: (context: OperationContext) => Promise<Response>,
) => Promise<Response>;

export type Health = {
  readonly status: "ok" | "degraded";
  /** In a few words, without names or figures: anyone on this machine may read it. */
  readonly ledger: string;
};
