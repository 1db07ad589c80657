/** Which of the waiting calls go into a batch together. Pure: the same calls give the same groups. */
import type { Instant } from "../../base/index.ts";
import type { DeferredStatus } from "../../stores/contracts/index.ts";
import type { BatchSettings } from "./settings.ts";

/** Around the bytes of one request: `{"custom_id":"call_…","params":},`. */
const REQUEST_FRAME_BYTES = 80;

export type CallGroup = {
  readonly apiVersion: string | null;
  readonly betas: readonly string[];
  /** Those with one prefix stand side by side. */
  readonly calls: readonly DeferredStatus[];
};

export type Grouping = {
  readonly now: Instant;
  readonly settings: BatchSettings;
  /** Prefixes of which a request has gone ahead and has not been answered yet. */
  readonly beingPrimed: ReadonlySet<string>;
  /** Prefixes whose one-hour entry still lives. */
  readonly primed: ReadonlySet<string>;
};

/** What is to be sent now. A call waits for others, and for the one that writes its prefix. */
export function groupCalls(
  waiting: readonly DeferredStatus[],
  grouping: Grouping,
): readonly CallGroup[] {
  const byVersion = Map.groupBy(waiting, versionOf);
  return [...byVersion.values()]
    .map((calls) => calls.toSorted((a, b) => a.receivedAt - b.receivedAt))
    .filter((calls) => isDue(calls, grouping))
    .flatMap((calls) => split(forNow(calls, grouping), grouping.settings));
}

/** Calls of other versions or betas would be read by other rules ("API versions"). */
function versionOf({ apiVersion, betas }: DeferredStatus): string {
  return `${apiVersion} ${betas.toSorted().join(",")}`;
}

function isDue(calls: readonly DeferredStatus[], { now, settings }: Grouping): boolean {
  const [first] = calls;
  const bytes = calls.reduce((sum, call) => sum + sizeOf(call), 0);
  return (
    first !== undefined &&
    (now - first.receivedAt >= settings.gatherMs ||
      calls.length >= settings.batchRequestsMax ||
      bytes >= settings.batchBytesMax)
  );
}

/**
 * In a batch, requests are served at once and few read what another writes. Where many share a prefix
 * that is marked for an hour, one goes ahead and the others follow ("prompt caching: batch").
 */
function forNow(calls: readonly DeferredStatus[], grouping: Grouping): readonly DeferredStatus[] {
  const { settings, beingPrimed, primed } = grouping;
  const byPrefix = Map.groupBy(calls, ({ prefix }) => prefix);
  return [...byPrefix].flatMap(([prefix, sharing]) => {
    if (prefix === "" || primed.has(prefix)) return sharing;
    if (beingPrimed.has(prefix)) return [];
    return sharing.length < settings.primedCallsMin ? sharing : sharing.slice(0, 1);
  });
}

function split(
  calls: readonly DeferredStatus[],
  { batchRequestsMax, batchBytesMax }: BatchSettings,
): readonly CallGroup[] {
  const groups: DeferredStatus[][] = [];
  let bytes = 0;
  for (const call of calls) {
    const group = groups.at(-1);
    const fits = group !== undefined && group.length < batchRequestsMax;
    if (fits && bytes + sizeOf(call) <= batchBytesMax) {
      group.push(call);
      bytes += sizeOf(call);
    } else {
      groups.push([call]);
      bytes = sizeOf(call);
    }
  }
  return groups.map((group) => ({
    apiVersion: group[0]?.apiVersion ?? null,
    betas: group[0]?.betas ?? [],
    calls: group,
  }));
}

function sizeOf({ bodyBytes }: DeferredStatus): number {
  return bodyBytes + REQUEST_FRAME_BYTES;
}
