/** `/metrics` in the Prometheus text format, beside Node's own figures. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

export type MetricFamily = PlainFamily | HistogramFamily;

export type PlainFamily = {
  readonly kind: "counter" | "gauge";
  readonly name: string;
  readonly help: string;
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
};

export type HistogramFamily = {
  readonly kind: "histogram";
  readonly name: string;
  readonly help: string;
  /** Upper bounds, rising; `counts` has one more, for what is above them all. Not cumulative. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
};

export type MetricsPage = { readonly contentType: string; readonly text: string };

/** Renders a page at each scrape. Node's own figures are collected for as long as it lives. */
export function metricsRenderer(
  families: () => readonly MetricFamily[],
): () => Promise<MetricsPage> {
  const runtime = new Registry();
  collectDefaultMetrics({ register: runtime });
  return async () => {
    const own = new Registry();
    const histograms: string[] = [];
    for (const family of families()) {
      if (family.kind === "histogram") histograms.push(renderHistogram(family));
      else addPlain(own, family);
    }
    const texts = [await own.metrics(), ...histograms, await runtime.metrics()];
    return { contentType: runtime.contentType, text: texts.join("\n") };
  };
}

function addPlain(registry: Registry, family: PlainFamily): void {
  const { name, help, samples } = family;
  const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
  const settings = { name, help, labelNames, registers: [registry] };
  if (family.kind === "counter") {
    const counter = new Counter(settings);
    for (const { labels, value } of samples) counter.inc({ ...labels }, value);
  } else {
    const gauge = new Gauge(settings);
    for (const { labels, value } of samples) gauge.set({ ...labels }, value);
  }
}

/** The library counts observations itself; these were counted elsewhere, so they are written out. */
function renderHistogram({ name, help, bounds, counts, sum }: HistogramFamily): string {
  let total = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    total += counts[index] ?? 0;
    const edge = bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound);
    return `${name}_bucket{le="${edge}"} ${total}`;
  });
  const head = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  return [...head, ...buckets, `${name}_sum ${sum}`, `${name}_count ${total}`, ""].join("\n");
}
