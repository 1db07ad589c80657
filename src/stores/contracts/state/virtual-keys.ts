/**
 * Virtual keys as they are remembered: what they may do, and digests of their secrets. The secrets
 * themselves are shown once, when they are made, and kept nowhere.
 */
import type { Instant } from "../../../base/index.ts";
import type { LimitSettings } from "../../../domain/limits/index.ts";

export type KeySecret = {
  /** SHA-256 of the secret, in hex. */
  readonly digest: string;
  /** The end of the secret, by which people tell it from others. */
  readonly hint: string;
  readonly createdAt: Instant;
  /** From when on it is refused; `null` while it holds. A rotation sets it. */
  readonly endsAt: Instant | null;
};

export type VirtualKey = {
  /** `vk_…`; what the ledger names the key by. */
  readonly id: string;
  /** Unique, for people. */
  readonly name: string;
  /** Who answers for the key; not put on calls. */
  readonly owner: string | null;
  /** Put on every call of the key; `null` leaves it to the client. */
  readonly user: string | null;
  readonly team: string | null;
  readonly userType: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether a client's own labels go before those of the key. */
  readonly mayOverride: boolean;
  /** Model ids; `null` allows all. */
  readonly models: readonly string[] | null;
  /** Values of `x-purser-endpoint`; `null` allows all. */
  readonly endpoints: readonly string[] | null;
  readonly limits: LimitSettings;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  /** Newest first. */
  readonly secrets: readonly KeySecret[];
};

export type NewVirtualKey = Omit<VirtualKey, "revokedAt" | "secrets"> & {
  readonly secret: KeySecret;
};

/**
 * Changes are on the disk once they resolve, and known to every process that watches within moments.
 *
 * Errors: `STATE_*`.
 */
export type VirtualKeyStore = {
  /** Errors: `KEY_NAME_TAKEN`, `KEYS_FULL`. */
  readonly create: (key: NewVirtualKey) => Promise<void>;
  /** All of them, revoked ones too, newest first. */
  readonly list: () => Promise<readonly VirtualKey[]>;
  /** By id or by name; `null` when there is none. */
  readonly find: (idOrName: string) => Promise<VirtualKey | null>;
  /**
   * Adds a secret. The ones before it end at `othersEndAt`, or earlier where that was set already.
   * Errors: `KEY_NOT_FOUND`, `KEY_REVOKED_ALREADY`.
   */
  readonly rotate: (id: string, secret: KeySecret, othersEndAt: Instant) => Promise<void>;
  /** Harmless to repeat: the first time stays. Errors: `KEY_NOT_FOUND`. */
  readonly revoke: (id: string, at: Instant) => Promise<void>;
};
