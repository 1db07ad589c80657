/** Virtual keys as operations show them: never a secret, never its digest. */
import { z } from "zod";
import { formatInstant, type Instant } from "../../base/index.ts";
import type { KeySecret, VirtualKey } from "../../stores/contracts/index.ts";
import { limitsOutput, toLimitsOutput } from "./limit-fields.ts";

export const keyOutput = z.object({
  id: z.string().describe("What reports and the ledger name it by."),
  name: z.string(),
  status: z.enum(["active", "expired", "revoked"]),
  owner: z.string().nullable(),
  user: z.string().nullable(),
  user_type: z.string().nullable(),
  team: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  may_override: z.boolean(),
  models: z.array(z.string()).nullable().describe("Null allows all."),
  endpoints: z.array(z.string()).nullable().describe("Null allows all."),
  limits: limitsOutput,
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  secrets: z.array(
    z.object({
      ends_with: z.string().describe("Its last characters."),
      created_at: z.string(),
      ends_at: z.string().nullable().describe("When a rotation ends it."),
      holds: z.boolean(),
    }),
  ),
});

export const secretOutput = z
  .string()
  .describe("The key itself. It is shown this once, and kept nowhere.");

export function toKeyOutput(key: VirtualKey, now: Instant): z.output<typeof keyOutput> {
  const status = statusOf(key, now);
  return {
    id: key.id,
    name: key.name,
    status,
    owner: key.owner,
    user: key.user,
    user_type: key.userType,
    team: key.team,
    tags: { ...key.tags },
    may_override: key.mayOverride,
    models: key.models === null ? null : [...key.models],
    endpoints: key.endpoints === null ? null : [...key.endpoints],
    limits: toLimitsOutput(key.limits),
    created_at: formatInstant(key.createdAt),
    expires_at: timeOrNull(key.expiresAt),
    revoked_at: timeOrNull(key.revokedAt),
    secrets: key.secrets.map((secret) => toSecretOutput(secret, now, status === "active")),
  };
}

function toSecretOutput(secret: KeySecret, now: Instant, keyHolds: boolean) {
  return {
    ends_with: secret.hint,
    created_at: formatInstant(secret.createdAt),
    ends_at: timeOrNull(secret.endsAt),
    holds: keyHolds && (secret.endsAt === null || now < secret.endsAt),
  };
}

function statusOf(key: VirtualKey, now: Instant): "active" | "expired" | "revoked" {
  if (key.revokedAt !== null) return "revoked";
  return key.expiresAt !== null && now >= key.expiresAt ? "expired" : "active";
}

function timeOrNull(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
