import type { Migration } from "./migration.ts";

export const alerts: Migration = {
  number: 5,
  name: "alerts",
  up: async ({ schema }) => {
    await schema
      .createTable("alerts")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("raised_at", "bigint", (column) => column.notNull())
      .execute();
    await schema
      .createTable("alert_deliveries")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("alert_id", "text", (column) => column.notNull())
      .addColumn("target", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("attempts", "bigint", (column) => column.notNull())
      .addColumn("due_at", "bigint", (column) => column.notNull())
      .addColumn("last_failure", "text")
      .execute();
    await schema.createIndex("alerts_by_key").on("alerts").columns(["key", "raised_at"]).execute();
    await schema
      .createIndex("alert_deliveries_by_due")
      .on("alert_deliveries")
      .columns(["state", "due_at"])
      .execute();
    await schema
      .createIndex("alert_deliveries_by_alert")
      .on("alert_deliveries")
      .column("alert_id")
      .execute();
  },
};
