/** What the gateway asks of whoever keeps deferred calls. */
import type { CallId, Instant } from "../../../base/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import type { ReserveRefusal } from "../../exchange/index.ts";

export type OfferedCall = {
  readonly key: string;
  readonly attributes: Attributes;
  readonly receivedAt: Instant;
  readonly deadlineAt: Instant;
  readonly apiVersion: string | null;
  readonly betas: readonly string[];
  readonly prefix: string;
  readonly identity: string | null;
  /** Whether the client says that it made this call before. */
  readonly isRetry: boolean;
  readonly webhook: string | null;
  readonly body: Buffer;
};

export type DeskAccept =
  | { readonly kind: "accepted"; readonly id: CallId; readonly again: boolean }
  | { readonly kind: "full"; readonly what: string }
  | { readonly kind: "refused"; readonly refusal: ReserveRefusal }
  | { readonly kind: "unavailable"; readonly what: string };

export type DeskWait =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: Buffer;
      readonly by: string;
    }
  | { readonly kind: "canceled" }
  | { readonly kind: "unknown" }
  | {
      readonly kind: "waiting";
      readonly call: { readonly state: string; readonly deadlineAt: Instant };
    };

export type DeferralDesk = {
  readonly accept: (call: OfferedCall) => Promise<DeskAccept>;
  readonly look: (id: CallId, key: string) => Promise<DeskWait>;
  readonly wait: (id: CallId, key: string, signal: AbortSignal) => Promise<DeskWait>;
  readonly cancel: (id: CallId, key: string) => Promise<boolean>;
};
