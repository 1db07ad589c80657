/**
 * How a receiver knows that a webhook is Purser's, and new: `purser-signature: t=SECONDS,v1=HEX`, an
 * HMAC-SHA-256 over the time, a full stop and the body as it was sent. The receiver refuses what is
 * older than a few minutes, and what it has seen before: `purser-delivery` is the same in each retry.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const SIGNATURE_HEADER = "purser-signature";
export const DELIVERY_HEADER = "purser-delivery";

/** How far the clocks may differ, and how long a webhook may be on its way. */
const TOLERANCE_MS = 5 * 60_000;
const SIGNATURES_MAX = 8;
const HEADER_CHARACTERS_MAX = 1_024;

/** The value of the signature's header for a body sent at `atMs` (milliseconds since 1970). */
export function signWebhook(secret: string, body: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1_000);
  return `t=${seconds},v1=${digestOf(secret, seconds, body).toString("hex")}`;
}

export type WebhookQuestion = {
  /** The header `purser-signature` as it came; `null` when there is none. */
  readonly header: string | null;
  /** The body's own bytes as text, before anything parsed it. */
  readonly body: string;
  /** Those that are in force: two, while one is being replaced. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Five minutes when left out. */
  readonly toleranceMs?: number;
};

export type WebhookVerdict =
  | { readonly kind: "genuine"; readonly sentAtMs: number }
  /** No header, or one that cannot be read. */
  | { readonly kind: "unsigned" }
  /** Signed by none of the secrets, or changed on its way. */
  | { readonly kind: "forged" }
  /** Genuine, but from another time: most likely replayed. */
  | { readonly kind: "stale"; readonly sentAtMs: number };

/** For receivers. A replay within the tolerance shows by its `purser-delivery`, which the body has too. */
export function verifyWebhook(question: WebhookQuestion): WebhookVerdict {
  const { header, body, secrets, nowMs, toleranceMs = TOLERANCE_MS } = question;
  const read = header === null ? null : readHeader(header);
  if (read === null) return { kind: "unsigned" };
  const expected = secrets.map((secret) => digestOf(secret, read.seconds, body));
  const isGenuine = read.signatures.some((signature) =>
    expected.some(
      (digest) => signature.length === digest.length && timingSafeEqual(signature, digest),
    ),
  );
  if (!isGenuine) return { kind: "forged" };
  const sentAtMs = read.seconds * 1_000;
  const isNew = Math.abs(nowMs - sentAtMs) <= toleranceMs;
  return { kind: isNew ? "genuine" : "stale", sentAtMs };
}

function readHeader(
  header: string,
): { readonly seconds: number; readonly signatures: readonly Buffer[] } | null {
  if (header.length > HEADER_CHARACTERS_MAX) return null;
  const parts = header.split(",").map((part) => part.trim());
  const times = parts.filter((part) => part.startsWith("t="));
  const seconds = /^t=(\d{1,12})$/.exec(times[0] ?? "")?.[1];
  const signatures = parts
    .flatMap((part) => /^v1=([0-9a-f]{64})$/.exec(part)?.[1] ?? [])
    .map((hex) => Buffer.from(hex, "hex"));
  if (times.length !== 1 || seconds === undefined) return null;
  if (signatures.length === 0 || signatures.length > SIGNATURES_MAX) return null;
  return { seconds: Number(seconds), signatures };
}

function digestOf(secret: string, seconds: number, body: string): Buffer {
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest();
}
