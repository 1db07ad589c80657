/** What every part of the batch service stands on. */
import type { Clock, FillRandom } from "../../base/index.ts";
import type {
  BatchStore,
  DeferredStore,
  LedgerWriter,
  Versions,
} from "../../stores/contracts/index.ts";
import type { BatchReservations, PromptTree, SettlingContext } from "../exchange/index.ts";
import type { Seal } from "./seal.ts";
import type { SetAside } from "./set-aside.ts";
import type { BatchSettings } from "./settings.ts";
import type { UpstreamCalls } from "./upstream-calls.ts";

export type BatchEvent = {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly message: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
};

export type BatchContext = {
  readonly settings: BatchSettings;
  readonly clock: Clock;
  readonly fillRandom: FillRandom;
  readonly ledger: LedgerWriter;
  readonly state: DeferredStore;
  readonly batches: BatchStore;
  readonly seal: Seal;
  readonly upstream: UpstreamCalls & { readonly credential: () => string | null };
  /** What is set aside for requests in batches, and for calls that wait. */
  readonly reservations: BatchReservations;
  readonly setAside: SetAside;
  readonly prompts: PromptTree;
  /** Prices and rules as they stand now: they may be reloaded. */
  readonly settling: () => SettlingContext;
  readonly versions: () => Versions;
  readonly log: (event: BatchEvent) => void;
};
