/** What can go wrong, as data. `after` is the share of the stream's events sent before, 0 to 1. */
export type Fault =
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds?: number | null }
  | { readonly kind: "spend-cap" }
  | { readonly kind: "spend-limit"; readonly scope?: "organization" | "workspace" }
  | { readonly kind: "server-error" }
  | { readonly kind: "timeout" }
  | { readonly kind: "overloaded" }
  | { readonly kind: "reset" }
  /** Of batch calls: the work is done, and the socket closes before any byte of the answer. */
  | { readonly kind: "lost-response" }
  /** Of the call that creates a batch: it is done so much later. */
  | { readonly kind: "slow-batch"; readonly delayMs: number }
  /** Of a batch item: it is not processed in time. */
  | { readonly kind: "expire" }
  | { readonly kind: "garbage" }
  | { readonly kind: "slow-first-byte"; readonly delayMs: number }
  | { readonly kind: "slow-stream"; readonly tokensPerSecond: number }
  | { readonly kind: "cut"; readonly after: number; readonly midCharacter?: boolean }
  | {
      readonly kind: "error-event";
      readonly after: number;
      readonly type?: "overloaded_error" | "api_error";
    };

export type FaultKind = Fault["kind"];
