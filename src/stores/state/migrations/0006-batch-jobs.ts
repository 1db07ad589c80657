import type { Migration } from "./migration.ts";

export const batchJobs: Migration = {
  number: 6,
  name: "batch-jobs",
  up: async ({ schema }) => {
    await schema
      .createTable("batch_jobs")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("source", "text")
      .addColumn("source_digest", "text", (column) => column.notNull())
      .addColumn("bad_lines", "bigint", (column) => column.notNull())
      .execute();
    await schema
      .createTable("batch_job_parts")
      .addColumn("job", "text", (column) => column.notNull())
      .addColumn("number", "bigint", (column) => column.notNull())
      .addColumn("from_byte", "bigint", (column) => column.notNull())
      .addColumn("to_byte", "bigint", (column) => column.notNull())
      .addColumn("from_line", "bigint", (column) => column.notNull())
      .addColumn("requests", "bigint", (column) => column.notNull())
      .addColumn("body_bytes", "bigint", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("sent_at", "bigint")
      .addColumn("batch", "text")
      .addColumn("output", "text")
      .addColumn("output_end", "bigint")
      .addPrimaryKeyConstraint("batch_job_parts_key", ["job", "number"])
      .execute();
    await schema
      .createIndex("batch_job_parts_by_batch")
      .on("batch_job_parts")
      .column("batch")
      .execute();
  },
};
