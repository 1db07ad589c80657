/** Virtual keys between their rows and their records. */
import { instant } from "../../../base/index.ts";
import type { KeySecret, NewVirtualKey, VirtualKey } from "../../contracts/index.ts";
import type { KeySecretRow, VirtualKeyRow } from "../database.ts";

export function toKeyRow(key: NewVirtualKey): VirtualKeyRow {
  return {
    id: key.id,
    name: key.name,
    owner: key.owner,
    user_label: key.user,
    team: key.team,
    user_type: key.userType,
    tags: JSON.stringify(key.tags),
    may_override: key.mayOverride ? 1n : 0n,
    models: key.models === null ? null : JSON.stringify(key.models),
    endpoints: key.endpoints === null ? null : JSON.stringify(key.endpoints),
    limits: JSON.stringify(key.limits),
    created_at: BigInt(key.createdAt),
    expires_at: key.expiresAt === null ? null : BigInt(key.expiresAt),
    revoked_at: null,
  };
}

export function toSecretRow(keyId: string, secret: KeySecret): KeySecretRow {
  return {
    digest: secret.digest,
    key_id: keyId,
    hint: secret.hint,
    created_at: BigInt(secret.createdAt),
    ends_at: secret.endsAt === null ? null : BigInt(secret.endsAt),
  };
}

/** `secrets` are those of this key, newest first. */
export function fromKeyRow(row: VirtualKeyRow, secrets: readonly KeySecretRow[]): VirtualKey {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    user: row.user_label,
    team: row.team,
    userType: row.user_type,
    tags: JSON.parse(row.tags),
    mayOverride: row.may_override !== 0n,
    models: row.models === null ? null : JSON.parse(row.models),
    endpoints: row.endpoints === null ? null : JSON.parse(row.endpoints),
    limits: JSON.parse(row.limits),
    createdAt: toInstant(row.created_at),
    expiresAt: row.expires_at === null ? null : toInstant(row.expires_at),
    revokedAt: row.revoked_at === null ? null : toInstant(row.revoked_at),
    secrets: secrets.map(fromSecretRow),
  };
}

function fromSecretRow(row: KeySecretRow): KeySecret {
  return {
    digest: row.digest,
    hint: row.hint,
    createdAt: toInstant(row.created_at),
    endsAt: row.ends_at === null ? null : toInstant(row.ends_at),
  };
}

function toInstant(value: bigint) {
  return instant(Number(value));
}
