/** The virtual keys as the hot path reads them: compiled once, never changed, swapped whole. */
import { timingSafeEqual } from "node:crypto";
import type { Instant } from "../../../base/index.ts";
import type { KeyPermissions } from "../../../domain/access/index.ts";
import type { LimitSettings } from "../../../domain/limits/index.ts";
import type { KeySecret, VirtualKey } from "../../../stores/contracts/index.ts";

/** What a key gives to the calls that carry it. */
export type KeyGrant = {
  /** `vk_…`: how the ledger names it. */
  readonly id: string;
  readonly user: string | null;
  readonly team: string | null;
  readonly userType: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly mayOverride: boolean;
  readonly permissions: KeyPermissions;
  /** The endpoint of a call that names none, where the key is for one only. */
  readonly endpoint: string | null;
  readonly limits: LimitSettings;
};

export type KeyRing = {
  readonly size: number;
  /** The grant of the key with this digest; `null` for an unknown, a revoked and an expired one. */
  readonly find: (digest: Buffer, now: Instant) => KeyGrant | null;
  /** The grant of the key with this id, where any of its secrets holds. */
  readonly holds: (id: string, now: Instant) => KeyGrant | null;
};

type Entry = {
  readonly digest: Buffer;
  readonly grant: KeyGrant;
  /** From when on it is refused. */
  readonly endsAt: number;
};

/** Compared with where nothing is found, so that both cases take the same steps. */
const DECOY: Pick<Entry, "digest" | "endsAt"> = {
  digest: Buffer.alloc(32),
  endsAt: Number.POSITIVE_INFINITY,
};

export function compileKeyRing(keys: readonly VirtualKey[]): KeyRing {
  const entries = new Map<string, Entry>();
  for (const key of keys) {
    // A revoked key is left out: it is as unknown as one that never was.
    if (key.revokedAt !== null) continue;
    const grant = grantOf(key);
    for (const secret of key.secrets) {
      const digest = Buffer.from(secret.digest, "hex");
      entries.set(indexOf(digest), { digest, grant, endsAt: endOf(key, secret) });
    }
  }
  return Object.freeze({
    size: entries.size,
    holds: (id: string, now: Instant): KeyGrant | null => {
      for (const { grant, endsAt } of entries.values()) {
        if (grant.id === id && now < endsAt) return grant;
      }
      return null;
    },
    find: (digest: Buffer, now: Instant): KeyGrant | null => {
      const entry = entries.get(indexOf(digest));
      const { digest: expected, endsAt } = entry ?? DECOY;
      const isEqual = timingSafeEqual(digest, expected);
      return entry !== undefined && isEqual && now < endsAt ? entry.grant : null;
    },
  });
}

export const EMPTY_KEY_RING: KeyRing = compileKeyRing([]);

/**
 * The first bytes of the digest find the entry. How long that takes can tell of a digest at most, and
 * nobody can work towards a digest without its secret.
 */
function indexOf(digest: Buffer): string {
  return digest.toString("latin1", 0, 8);
}

function endOf(key: VirtualKey, secret: KeySecret): number {
  return Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity);
}

function grantOf(key: VirtualKey): KeyGrant {
  const { id, user, team, userType, tags, mayOverride, models, endpoints, limits } = key;
  const [only, ...others] = endpoints ?? [];
  return {
    ...{ id, user, team, userType, tags, mayOverride, limits },
    permissions: {
      models: models === null ? null : new Set(models),
      endpoints: endpoints === null ? null : new Set(endpoints),
    },
    endpoint: only !== undefined && others.length === 0 ? only : null,
  };
}
