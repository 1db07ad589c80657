import type { Migration } from "./migration.ts";

export const batches: Migration = {
  number: 2,
  name: "batches",
  up: async ({ schema }) => {
    await schema
      .createTable("batches")
      .addColumn("creation", "text", (column) => column.primaryKey())
      .addColumn("batch", "text", (column) => column.unique())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("key_id", "text")
      .addColumn("attributes", "text", (column) => column.notNull())
      .execute();
    await schema
      .createTable("batch_items")
      .addColumn("creation", "text", (column) => column.notNull())
      .addColumn("custom_id", "text", (column) => column.notNull())
      .addColumn("exchange", "text", (column) => column.notNull())
      .addColumn("model_asked", "text")
      .addColumn("max_tokens", "bigint")
      .addColumn("user_label", "text")
      .addColumn("worst_input_tokens", "bigint", (column) => column.notNull())
      .addColumn("worst_output_tokens", "bigint")
      .addColumn("worst_pico_usd", "bigint")
      .addColumn("booked", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("batch_items_key", ["creation", "custom_id"])
      .execute();
    await schema
      .createIndex("batch_items_by_custom_id")
      .on("batch_items")
      .column("custom_id")
      .execute();
  },
};
