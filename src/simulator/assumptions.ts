/**
 * What the provider does not document, or documents in two ways: each is a named choice here, with a
 * default, so that a test can turn it and a reader can see it. `docs/reference/simulator.md` lists
 * them all.
 */
export type Assumptions = {
  /** Smallest cacheable prefix of claude-sonnet-4-6: 1,024 by the documentation, about 2,048 measured. */
  readonly sonnet46CacheTokensMin: number;
  /** Whether the fast and the standard speed share entries that end within `tools`. */
  readonly speedScope: "system-onwards" | "everything";
  /** Which entries a hit keeps alive: only the one that was read, also those at this request's own
   * markers before it, or every entry on the path. */
  readonly hitRefreshes: "hit-only" | "marked-prefixes" | "all-prefixes";
  /** Whether a one-hour marker that hits a five-minute entry makes it live for an hour. */
  readonly oneHourMarkerUpgradesEntry: boolean;
  /** Whether a marker before the hit whose own entry has gone gets one again, at no charge. */
  readonly markerBeforeHitIsWritten: boolean;
  /** Whether a request whose client left after the response had begun leaves its entries behind. */
  readonly cancelledRequestLeavesEntry: boolean;
  /** How long an entry outlives its lifetime ("deleted promptly but not immediately after"). */
  readonly expirySlackMs: number;
  /** Output billed when the client leaves: what had been sent, or the whole reply. */
  readonly abortedOutput: "sent" | "complete";
  /** Whether a stream that the API itself cuts is billed like one that the client left. */
  readonly cutStreamIsBilled: boolean;
  /** Whether the Haiku 5.5 step looks at each sampling of a request or at the request as a whole. */
  readonly stepLooksAt: "iteration" | "request";
  /** Requests of a batch that are served together, so that none reads what another of them writes. */
  readonly batchItemsTogether: number;
};

export const DEFAULT_ASSUMPTIONS: Assumptions = {
  sonnet46CacheTokensMin: 1_024,
  speedScope: "system-onwards",
  hitRefreshes: "marked-prefixes",
  oneHourMarkerUpgradesEntry: false,
  markerBeforeHitIsWritten: true,
  cancelledRequestLeavesEntry: true,
  expirySlackMs: 0,
  abortedOutput: "sent",
  cutStreamIsBilled: false,
  stepLooksAt: "iteration",
  batchItemsTogether: 16,
};
