import type { Instant } from "../../../base/index.ts";
import type {
  BatchJob,
  BatchJobPart,
  BatchJobStore,
  BatchPartState,
  NewBatchJobPart,
} from "../../contracts/index.ts";
import type { BatchJobPartRow, BatchJobRow } from "../database.ts";
import type { StateEngine } from "../engine.ts";

/** Rows in one statement; a database takes only so many values at once. */
const ROWS_TOGETHER = 100;

export function openBatchJobStore(engine: StateEngine): BatchJobStore {
  const change = (job: string, part: number, values: Partial<BatchJobPartRow>): Promise<void> =>
    engine.write("batch-jobs", async (transaction) => {
      const update = transaction.updateTable("batch_job_parts").set(values);
      await update.where("job", "=", job).where("number", "=", BigInt(part)).execute();
    });
  return {
    create: (job, parts) => create(engine, job, parts),
    list: (limit) =>
      engine.read(async (database) => {
        const rows = database.selectFrom("batch_jobs").selectAll();
        const newest = rows.orderBy("created_at", "desc").orderBy("id", "desc").limit(limit);
        return (await newest.execute()).map(fromJobRow);
      }),
    find: (id) =>
      engine.read(async (database) => {
        const rows = database.selectFrom("batch_jobs").selectAll().where("id", "=", id);
        const row = await rows.executeTakeFirst();
        return row === undefined ? null : fromJobRow(row);
      }),
    parts: (job) =>
      engine.read(async (database) => {
        const rows = database.selectFrom("batch_job_parts").selectAll().where("job", "=", job);
        return (await rows.orderBy("number").execute()).map(fromPartRow);
      }),
    isKnown: (batch) =>
      engine.read(async (database) => {
        const rows = database.selectFrom("batch_job_parts").select("job");
        return (await rows.where("batch", "=", batch).executeTakeFirst()) !== undefined;
      }),
    send: (job, part, at) => send(engine, job, part, at),
    submitted: (job, part, batch) => change(job, part, { state: "submitted", batch }),
    release: (job, part) => change(job, part, { state: "waiting", sent_at: null }),
    written: (job, part, output, end) => change(job, part, { output, output_end: BigInt(end) }),
  };
}

function create(
  engine: StateEngine,
  job: BatchJob,
  parts: readonly NewBatchJobPart[],
): Promise<void> {
  const { id, createdAt, source, sourceDigest, badLines } = job;
  return engine.write("batch-jobs", async (transaction) => {
    const row = {
      ...{ id, source, created_at: BigInt(createdAt) },
      ...{ source_digest: sourceDigest, bad_lines: BigInt(badLines) },
    };
    await transaction.insertInto("batch_jobs").values(row).execute();
    for (let from = 0; from < parts.length; from += ROWS_TOGETHER) {
      const rows = parts.slice(from, from + ROWS_TOGETHER).map((part) => toPartRow(id, part));
      await transaction.insertInto("batch_job_parts").values(rows).execute();
    }
  });
}

function send(engine: StateEngine, job: string, part: number, at: Instant): Promise<boolean> {
  return engine.write("batch-jobs", async (transaction) => {
    const changed = await transaction
      .updateTable("batch_job_parts")
      .set({ state: "sending", sent_at: BigInt(at) })
      .where("job", "=", job)
      .where("number", "=", BigInt(part))
      .where("state", "=", "waiting")
      .executeTakeFirst();
    return changed.numUpdatedRows === 1n;
  });
}

function toPartRow(job: string, part: NewBatchJobPart): BatchJobPartRow {
  return {
    job,
    number: BigInt(part.number),
    from_byte: BigInt(part.fromByte),
    to_byte: BigInt(part.toByte),
    from_line: BigInt(part.fromLine),
    requests: BigInt(part.requests),
    body_bytes: BigInt(part.bodyBytes),
    state: "waiting",
    ...{ sent_at: null, batch: null, output: null, output_end: null },
  };
}

function fromPartRow(row: BatchJobPartRow): BatchJobPart {
  return {
    number: Number(row.number),
    fromByte: Number(row.from_byte),
    toByte: Number(row.to_byte),
    fromLine: Number(row.from_line),
    requests: Number(row.requests),
    bodyBytes: Number(row.body_bytes),
    state: row.state as BatchPartState,
    sentAt: row.sent_at === null ? null : (Number(row.sent_at) as Instant),
    batch: row.batch,
    output: row.output,
    outputEnd: row.output_end === null ? null : Number(row.output_end),
  };
}

function fromJobRow(row: BatchJobRow): BatchJob {
  return {
    id: row.id,
    createdAt: Number(row.created_at) as Instant,
    source: row.source,
    sourceDigest: row.source_digest,
    badLines: Number(row.bad_lines),
  };
}
