/** The running parts' own figures as metric families. Names end with their unit. */
import type { MetricFamily, PlainFamily } from "../faces/http/index.ts";
import {
  type GatewayCounters,
  LATENCY_BOUNDS_MS,
  type LatencyHistogram,
} from "../services/gateway/index.ts";
import type { JobState } from "../services/jobs/index.ts";
import type { ReloadCounts } from "./reloader.ts";

export function gatewayMetrics(counters: GatewayCounters): readonly MetricFamily[] {
  return [
    ...trafficMetrics(counters),
    ...decisionMetrics(counters),
    ...batchMetrics(counters),
    ...latencyMetrics(counters),
  ];
}

function trafficMetrics(counters: GatewayCounters): readonly MetricFamily[] {
  return [
    counter("purser_requests_total", "Requests that reached the gateway.", counters.requests),
    counter("purser_metered_total", "Requests whose use was metered.", counters.metered),
    gauge("purser_in_flight", "Calls on their way.", counters.inFlight),
    counter("purser_request_bytes_total", "Bytes of request bodies.", counters.requestBytes),
    counter("purser_response_bytes_total", "Bytes of answers.", counters.responseBytes),
    labelled(
      "purser_outcomes_total",
      "Metered calls by how they ended.",
      "outcome",
      counters.outcomes,
    ),
    labelled(
      "purser_refusals_total",
      "Answers of Purser's own, by code.",
      "code",
      counters.refusals,
    ),
    counter(
      "purser_unmetered_total",
      "Successful answers without readable usage.",
      counters.unmetered,
    ),
    counter(
      "purser_passed_unmetered_total",
      "Calls passed on without an entry in the ledger.",
      counters.passedUnmetered,
    ),
    counter(
      "purser_ledger_refusals_total",
      "Calls refused for the ledger.",
      counters.ledgerRefusals,
    ),
    counter(
      "purser_settle_failures_total",
      "Answers cut for want of a settlement.",
      counters.settleFailures,
    ),
    counter("purser_unpriced_total", "Metered calls without a known price.", counters.unpriced),
    counter(
      "purser_dropped_labels_total",
      "Labels dropped for their size or number.",
      counters.droppedLabels,
    ),
  ];
}

function decisionMetrics(counters: GatewayCounters): readonly MetricFamily[] {
  return [
    labelled(
      "purser_cache_decisions_total",
      "Calls under a cache policy, by what was decided.",
      "decision",
      counters.cacheDecisions,
    ),
    labelled(
      "purser_limit_decisions_total",
      "What limits decided, by rule and limit.",
      "decision",
      counters.limitDecisions,
    ),
    gauge("purser_waiting", "Calls that wait for their turn.", counters.waiting),
    counter("purser_waited_milliseconds_total", "Time that calls waited.", counters.waitedMs),
    labelled(
      "purser_keep_alive_total",
      "Calls of Purser's own to keep a prefix alive, and those due that were not made, by outcome.",
      "outcome",
      counters.keepAlives,
    ),
    gauge(
      "purser_keep_alive_prompts",
      "Prompts in memory whose prefixes may be kept alive.",
      counters.keptPrompts,
    ),
    gauge(
      "purser_keep_alive_prompts_bytes",
      "Bytes of the bodies of these prompts.",
      counters.keptPromptsBytes,
    ),
    labelled(
      "purser_held_total",
      "Calls that waited for another with the same prefix, by what ended the wait.",
      "end",
      counters.held,
    ),
    counter("purser_held_milliseconds_total", "Time that calls were held.", counters.heldMs),
  ];
}

function batchMetrics(counters: GatewayCounters): readonly MetricFamily[] {
  return [
    counter(
      "purser_batch_requests_total",
      "Requests in batches that were made.",
      counters.batchRequests,
    ),
    counter("purser_batch_results_total", "Results of batches booked.", counters.batchResults),
    counter("purser_deferred_total", "Calls accepted to wait for a batch.", counters.deferred),
    labelled(
      "purser_deferral_decisions_total",
      "Calls under a policy that defers, by what was decided.",
      "decision",
      counters.deferralDecisions,
    ),
  ];
}

function latencyMetrics(counters: GatewayCounters): readonly MetricFamily[] {
  return [
    latency(
      "purser_added_before_seconds",
      "Time from a whole request to its dispatch.",
      counters.addedBefore,
    ),
    latency(
      "purser_added_after_seconds",
      "Time the last bytes are held to settle.",
      counters.addedAfter,
    ),
  ];
}

export function jobMetrics(states: readonly JobState[]): readonly MetricFamily[] {
  const byJob = (pick: (state: JobState) => number) =>
    Object.fromEntries(states.map((state) => [state.name, pick(state)]));
  return [
    labelled(
      "purser_job_runs_total",
      "Runs of a background job.",
      "job",
      byJob((job) => job.runs),
    ),
    labelled(
      "purser_job_failures_total",
      "Runs that failed.",
      "job",
      byJob((job) => job.failures),
    ),
  ];
}

export function reloadMetrics(counts: ReloadCounts): readonly MetricFamily[] {
  const help = "Times that the configuration was read again, by what became of it.";
  return [labelled("purser_reloads_total", help, "result", counts)];
}

export function ledgerMetrics(ready: boolean): readonly MetricFamily[] {
  return [gauge("purser_ledger_ready", "1 while the ledger takes entries.", ready ? 1 : 0)];
}

function counter(name: string, help: string, value: number): PlainFamily {
  return { kind: "counter", name, help, samples: [{ labels: {}, value }] };
}

function gauge(name: string, help: string, value: number): PlainFamily {
  return { kind: "gauge", name, help, samples: [{ labels: {}, value }] };
}

function labelled(
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): PlainFamily {
  const samples = Object.entries(values).map(([key, value]) => ({
    labels: { [label]: key },
    value,
  }));
  return { kind: "counter", name, help, samples };
}

function latency(name: string, help: string, histogram: LatencyHistogram): MetricFamily {
  return {
    kind: "histogram",
    name,
    help,
    bounds: LATENCY_BOUNDS_MS.map((bound) => bound / 1_000),
    counts: histogram.counts,
    sum: histogram.sumMs / 1_000,
  };
}
