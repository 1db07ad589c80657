import type { Migration } from "./migration.ts";

export const budgets: Migration = {
  number: 3,
  name: "budgets",
  up: async ({ schema }) => {
    await schema
      .createTable("budgets")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("changed_at", "bigint", (column) => column.notNull())
      .execute();
  },
};
