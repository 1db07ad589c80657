/** The configuration as the rest of Purser sees it: complete, in plain units, never changed. */
import type { CheckedConfig } from "./authored.ts";

type Entry<Key extends keyof CheckedConfig> =
  NonNullable<CheckedConfig[Key]> extends (infer Item)[] ? Readonly<Item> : never;

export type ConfiguredModel = Entry<"models">;
export type ConfiguredDiscount = Entry<"discounts">;
export type ConfiguredShowback = Entry<"showback">;
export type ConfiguredPolicy = Entry<"policies">;

/** Names where its secrets are, and holds none. */
export type ConfiguredAlertTarget = Readonly<
  NonNullable<NonNullable<CheckedConfig["alerts"]>["targets"]>[number]
>;

export type LoadedConfig = {
  /** A hash of every setting but the secrets: two starts with the same version behave the same. */
  readonly version: string;
  /** The file it was read from; `null` when there was none. */
  readonly file: string | null;
  readonly upstream: {
    readonly url: string;
    readonly proxy: string | null;
    /** The provider's key; `null` when there is none. A secret. */
    readonly key: string | null;
    readonly connectTimeoutMs: number;
    readonly firstByteTimeoutMs: number;
    readonly idleTimeoutMs: number;
  };
  readonly gateway: {
    readonly host: string;
    readonly port: number;
    readonly passThrough: "allow" | "refuse";
    readonly bodyBytesMax: number;
    readonly headerBytesMax: number;
    readonly callsMax: number;
    readonly connectionsMax: number;
    readonly requestTimeoutMs: number;
    readonly shutdownTimeoutMs: number;
    readonly onClientGone: "cancel" | "drain";
    readonly billedAfterCut: "generated-so-far" | "whole-answer";
  };
  readonly control: {
    readonly host: string;
    readonly port: number;
    readonly allowedHosts: readonly string[];
    /** `null`: make one at start. A secret. */
    readonly token: string | null;
  };
  readonly data: { readonly directory: string };
  readonly ledger: {
    readonly onFailure: "refuse" | "pass-unmetered";
    readonly compactEveryMs: number;
  };
  readonly budgets: {
    readonly onFailure: "refuse" | "pass";
    readonly balancesMax: number;
  };
  readonly batch: {
    readonly gatherMs: number;
    readonly pollMs: number;
    readonly realTimeBeforeMs: number;
    readonly shortestDeadlineMs: number;
    readonly searchMs: number;
    readonly callsMax: number;
    readonly streamed: "buffer" | "serve" | "refuse";
  };
  readonly alerts: {
    readonly cooldownMs: number;
    readonly watchEveryMs: number;
    readonly targets: readonly ConfiguredAlertTarget[];
  };
  readonly models: readonly ConfiguredModel[];
  readonly discounts: readonly ConfiguredDiscount[];
  readonly showback: readonly ConfiguredShowback[];
  /** In order; the first that fits a call decides. */
  readonly policies: readonly ConfiguredPolicy[];
  /** What is worth saying without refusing to start, for example a variable nobody reads. */
  readonly warnings: readonly string[];
};
