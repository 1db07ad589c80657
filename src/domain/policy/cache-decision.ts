/** What was decided about a call's cache markers, as the ledger keeps it among the call's decisions. */

export type DecidedMarker = { readonly block: number; readonly lifetime: "5m" | "1h" };

export type CacheDecision = {
  readonly policy: string;
  /**
   * `apply`: the markers were put into the request, in place of its own. `advise`: they would have
   * been. `keep-alive`: Purser's own call, to keep a prefix alive. `hold-out` and `left-alone`: the request went as it came.
   */
  readonly kind: "apply" | "advise" | "hold-out" | "left-alone" | "keep-alive";
  readonly markers: readonly DecidedMarker[];
  /** Why it was left alone, else empty. */
  readonly reason: string;
};

const KINDS = ["apply", "advise", "hold-out", "left-alone", "keep-alive"] as const;

/** `cache NAME apply 1h@2,5m@14`, `cache NAME left-alone own-markers`. */
export function formatCacheDecision(decision: CacheDecision): string {
  const markers = decision.markers.map(({ block, lifetime }) => `${lifetime}@${block}`).join(",");
  const detail = markers === "" ? decision.reason : markers;
  // A name may hold spaces, so it is the one part that is encoded.
  const words = [
    "cache",
    encodeURIComponent(decision.policy.toWellFormed()),
    decision.kind,
    detail,
  ];
  return words.filter((word) => word !== "").join(" ");
}

/** The cache decision among a call's decisions; `null` when none was taken. */
export function findCacheDecision(decisions: readonly string[]): CacheDecision | null {
  for (const text of decisions) {
    const [lever, policy, word, detail = ""] = text.split(" ");
    const kind = KINDS.find((known) => known === word);
    if (lever !== "cache" || policy === undefined || kind === undefined) continue;
    const markers = kind === "apply" || kind === "advise" ? markersOf(detail) : [];
    const reason = markers.length > 0 || kind === "apply" || kind === "advise" ? "" : detail;
    return { policy: decodeURIComponent(policy), kind, markers, reason };
  }
  return null;
}

function markersOf(text: string): readonly DecidedMarker[] {
  return text.split(",").flatMap((part) => {
    const match = /^(5m|1h)@(\d{1,6})$/.exec(part);
    if (match === null) return [];
    return [{ lifetime: match[1] === "1h" ? "1h" : "5m", block: Number(match[2]) }];
  });
}
