/**
 * What the operator may set. Plain data: main maps the configuration to it. Every limit has a name
 * here and nowhere else.
 */
export type GatewaySettings = {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Base URL of the Claude API; may end in a path prefix. */
  readonly upstream: string;
  /** An HTTP proxy between the gateway and the upstream, `http://user:password@host:port`. */
  readonly upstreamProxy: string | null;
  /** The provider's key, for calls with a virtual key. A secret; `null` when there is none. */
  readonly upstreamKey: string | null;
  /** Whether a client may bring a key of its own, which then goes upstream as it is. */
  readonly passThrough: "allow" | "refuse";

  /** Largest body of a Messages request. The provider's own limit is 32 MB. */
  readonly requestBodyBytesMax: number;
  /** Bytes of all bodies of Messages requests that are in memory at once. */
  readonly requestBodiesBytesMax: number;
  readonly requestHeaderBytesMax: number;
  readonly requestHeaderCountMax: number;
  readonly responseHeaderBytesMax: number;
  /** Calls in flight at once, metered or not. */
  readonly concurrentCallsMax: number;
  readonly clientConnectionsMax: number;

  /** From the connection's first byte to the end of the request's headers. */
  readonly clientHeaderTimeoutMs: number;
  /** From the first byte to the end of the request's body. */
  readonly clientRequestTimeoutMs: number;
  /** How long an idle client connection is kept. */
  readonly clientKeepAliveMs: number;
  /** How long a client may leave its side of an answer unread. */
  readonly clientStallMs: number;
  readonly upstreamConnectTimeoutMs: number;
  readonly upstreamFirstByteTimeoutMs: number;
  readonly upstreamIdleTimeoutMs: number;
  readonly upstreamKeepAliveMs: number;

  /** Decoded bytes of one answer that are read to meter it; beyond, it is charged as unmetered. */
  readonly meteredAnswerBytesMax: number;
  /** Bytes of one server-sent event that are read to meter it. */
  readonly eventBytesMax: number;

  readonly onClientGone: "cancel" | "drain";
  readonly drainMsMax: number;
  readonly drainBytesMax: number;
  readonly onLedgerFailure: "refuse" | "pass-unmetered";
  /**
   * What we assume the provider bills for an answer that was cut short. The provider says that it
   * charges, not how much; see docs/concepts/gateway.md, "what a cut answer costs".
   */
  readonly billedAfterCut: "generated-so-far" | "whole-answer";

  /** What becomes of a call that asks for a stream and has a deadline. */
  readonly streamedDeferral: "buffer" | "serve" | "refuse";
  /** A call whose deadline is nearer than this is made at once. */
  readonly deferralMsMin: number;

  readonly labelBytesMax: number;
  readonly tagCountMax: number;
};

const MEBIBYTE = 1024 * 1024;
const MINUTE_MS = 60_000;

export const DEFAULT_GATEWAY_SETTINGS: GatewaySettings = {
  host: "127.0.0.1",
  port: 4141,
  upstream: "https://api.anthropic.com",
  upstreamProxy: null,
  upstreamKey: null,
  passThrough: "allow",

  requestBodyBytesMax: 32 * MEBIBYTE,
  requestBodiesBytesMax: 512 * MEBIBYTE,
  requestHeaderBytesMax: 64 * 1024,
  requestHeaderCountMax: 256,
  responseHeaderBytesMax: 64 * 1024,
  concurrentCallsMax: 2_048,
  clientConnectionsMax: 4_096,

  clientHeaderTimeoutMs: 30_000,
  clientRequestTimeoutMs: 10 * MINUTE_MS,
  clientKeepAliveMs: 75_000,
  clientStallMs: 5 * MINUTE_MS,
  upstreamConnectTimeoutMs: 10_000,
  upstreamFirstByteTimeoutMs: 15 * MINUTE_MS,
  upstreamIdleTimeoutMs: 5 * MINUTE_MS,
  upstreamKeepAliveMs: 15_000,

  meteredAnswerBytesMax: 64 * MEBIBYTE,
  eventBytesMax: 8 * MEBIBYTE,

  onClientGone: "cancel",
  drainMsMax: 10 * MINUTE_MS,
  drainBytesMax: 64 * MEBIBYTE,
  onLedgerFailure: "refuse",
  billedAfterCut: "generated-so-far",

  streamedDeferral: "buffer",
  deferralMsMin: 10 * MINUTE_MS,

  labelBytesMax: 256,
  tagCountMax: 16,
};
