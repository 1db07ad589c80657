/** A batch as the API shows it ("message batches: object"). */
import { isJsonObject, isTokenCount } from "../../base/index.ts";

export type BatchStatus = "in_progress" | "canceling" | "ended";

export type BatchCounts = {
  readonly processing: number;
  readonly succeeded: number;
  readonly errored: number;
  readonly canceled: number;
  readonly expired: number;
};

export type BatchObject = {
  readonly kind: "batch";
  readonly id: string;
  readonly status: BatchStatus;
  /** All but `processing` stay 0 until the whole batch has ended. */
  readonly counts: BatchCounts;
  /** RFC 3339, as they came. */
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly endedAt: string | null;
  readonly resultsUrl: string | null;
};

export type BatchObjectReading =
  | BatchObject
  | { readonly kind: "unreadable"; readonly reason: string };

const STATUSES: readonly string[] = ["in_progress", "canceling", "ended"] satisfies BatchStatus[];

export function readBatchObject(value: unknown): BatchObjectReading {
  if (!isJsonObject(value) || value.type !== "message_batch") return unreadable("is not a batch");
  const { id, processing_status: status } = value;
  if (typeof id !== "string" || id === "") return unreadable("has no id");
  if (typeof status !== "string" || !STATUSES.includes(status)) {
    return unreadable(`has the unknown status "${String(status).slice(0, 40)}"`);
  }
  return {
    kind: "batch",
    id,
    status: status as BatchStatus,
    counts: countsOf(value.request_counts),
    createdAt: textOrNull(value.created_at),
    expiresAt: textOrNull(value.expires_at),
    endedAt: textOrNull(value.ended_at),
    resultsUrl: textOrNull(value.results_url),
  };
}

function countsOf(value: unknown): BatchCounts {
  const counts = isJsonObject(value) ? value : {};
  const count = (name: string): number => {
    const found = counts[name];
    return isTokenCount(found) ? found : 0;
  };
  return {
    processing: count("processing"),
    succeeded: count("succeeded"),
    errored: count("errored"),
    canceled: count("canceled"),
    expired: count("expired"),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function unreadable(reason: string): BatchObjectReading {
  return { kind: "unreadable", reason };
}
