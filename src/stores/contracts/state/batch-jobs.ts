/** Jobs: files of requests that were split into batches, as a command line left them. No text of any. */
import type { Instant } from "../../../base/index.ts";

export type BatchJob = {
  readonly id: string;
  readonly createdAt: Instant;
  /** The file of its requests; `null` when they came through standard input. */
  readonly source: string | null;
  /** By which the same file is known again. */
  readonly sourceDigest: string;
  /** Lines that are in no batch. */
  readonly badLines: number;
};

/**
 * `sending`: the provider may have it. `submitted`: it has a batch. A part goes back from `sending` to
 * `waiting` when no batch was made.
 */
export type BatchPartState = "waiting" | "sending" | "submitted";

export type BatchJobPart = {
  /** From 0 on. */
  readonly number: number;
  /** Where its lines stand in the file. */
  readonly fromByte: number;
  readonly toByte: number;
  readonly fromLine: number;
  readonly requests: number;
  /** Of the body that creates its batch. */
  readonly bodyBytes: number;
  readonly state: BatchPartState;
  readonly sentAt: Instant | null;
  readonly batch: string | null;
  /** The file that its results were written to, and how long that was then. */
  readonly output: string | null;
  readonly outputEnd: number | null;
};

export type NewBatchJobPart = Pick<
  BatchJobPart,
  "number" | "fromByte" | "toByte" | "fromLine" | "requests" | "bodyBytes"
>;

export type BatchJobStore = {
  readonly create: (job: BatchJob, parts: readonly NewBatchJobPart[]) => Promise<void>;
  /** Newest first. */
  readonly list: (limit: number) => Promise<readonly BatchJob[]>;
  readonly find: (id: string) => Promise<BatchJob | null>;
  /** In the order of the file. */
  readonly parts: (job: string) => Promise<readonly BatchJobPart[]>;
  /** Whether a part of any job has that batch. */
  readonly isKnown: (batch: string) => Promise<boolean>;
  /** False when it was not waiting: another process has it. */
  readonly send: (job: string, part: number, at: Instant) => Promise<boolean>;
  readonly submitted: (job: string, part: number, batch: string) => Promise<void>;
  /** No batch was made of it after all. */
  readonly release: (job: string, part: number) => Promise<void>;
  readonly written: (job: string, part: number, output: string, end: number) => Promise<void>;
};
