import type { Kysely } from "kysely";

/**
 * One step forward of the schema. Numbers go up by one, one file each; a step that was published is
 * never changed. Written for SQLite and PostgreSQL alike: `text`, `bigint`, no defaults by function.
 */
export type Migration = {
  readonly number: number;
  /** For people who look into the table. */
  readonly name: string;
  readonly up: (database: Kysely<unknown>) => Promise<void>;
};
