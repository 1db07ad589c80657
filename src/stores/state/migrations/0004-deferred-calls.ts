import type { Migration } from "./migration.ts";

export const deferredCalls: Migration = {
  number: 4,
  name: "deferred-calls",
  up: async ({ schema }) => {
    await schema
      .createTable("deferred_calls")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("key_id", "text", (column) => column.notNull())
      .addColumn("attributes", "text", (column) => column.notNull())
      .addColumn("received_at", "bigint", (column) => column.notNull())
      .addColumn("deadline_at", "bigint", (column) => column.notNull())
      .addColumn("api_version", "text")
      .addColumn("betas", "text", (column) => column.notNull())
      .addColumn("prefix", "text", (column) => column.notNull())
      .addColumn("body_bytes", "bigint", (column) => column.notNull())
      .addColumn("model", "text")
      .addColumn("worst_in_batch", "text", (column) => column.notNull())
      .addColumn("worst_in_real_time", "text", (column) => column.notNull())
      .addColumn("identity", "text")
      .addColumn("webhook", "text")
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("creation", "text")
      .addColumn("fell_back", "bigint", (column) => column.notNull())
      .addColumn("body", "blob")
      .addColumn("answered_at", "bigint")
      .addColumn("answer_status", "bigint")
      .addColumn("answered_by", "text")
      .addColumn("answer", "blob")
      .addColumn("delivered", "bigint", (column) => column.notNull())
      .execute();
    for (const column of ["state", "creation", "identity"] as const) {
      await schema
        .createIndex(`deferred_calls_by_${column}`)
        .on("deferred_calls")
        .column(column)
        .execute();
    }
  },
};
