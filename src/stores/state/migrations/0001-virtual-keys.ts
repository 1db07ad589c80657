import type { Migration } from "./migration.ts";

export const virtualKeys: Migration = {
  number: 1,
  name: "virtual-keys",
  up: async ({ schema }) => {
    await schema
      .createTable("revisions")
      .addColumn("topic", "text", (column) => column.primaryKey())
      .addColumn("revision", "bigint", (column) => column.notNull())
      .execute();
    await schema
      .createTable("virtual_keys")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull().unique())
      .addColumn("owner", "text")
      .addColumn("user_label", "text")
      .addColumn("team", "text")
      .addColumn("user_type", "text")
      .addColumn("tags", "text", (column) => column.notNull())
      .addColumn("may_override", "bigint", (column) => column.notNull())
      .addColumn("models", "text")
      .addColumn("endpoints", "text")
      .addColumn("limits", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint")
      .addColumn("revoked_at", "bigint")
      .execute();
    await schema
      .createTable("key_secrets")
      .addColumn("digest", "text", (column) => column.primaryKey())
      .addColumn("key_id", "text", (column) => column.notNull().references("virtual_keys.id"))
      .addColumn("hint", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ends_at", "bigint")
      .execute();
    await schema.createIndex("key_secrets_by_key").on("key_secrets").column("key_id").execute();
  },
};
