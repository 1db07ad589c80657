/**
 * What the records of every kind stand on, whichever database keeps them. Reads see what is
 * committed; writes are transactions, one at a time, and count up the revision of their topic.
 */
import type { Kysely, Transaction } from "kysely";
import type { StateTopic } from "../contracts/index.ts";
import type { StateDatabase } from "./database.ts";

export type StateEngine = {
  /** Errors: those of the store. */
  readonly read: <Value>(
    work: (database: Kysely<StateDatabase>) => Promise<Value>,
  ) => Promise<Value>;
  /** What `work` throws undoes all of it. Errors: those of the store, and of `work`. */
  readonly write: <Value>(
    topic: StateTopic,
    work: (transaction: Transaction<StateDatabase>) => Promise<Value>,
  ) => Promise<Value>;
};

/** Says once more that a topic changed. Part of the transaction that changes it. */
export async function countUp(
  transaction: Transaction<StateDatabase>,
  topic: StateTopic,
): Promise<void> {
  await transaction
    .insertInto("revisions")
    .values({ topic, revision: 1n })
    .onConflict((conflict) =>
      conflict
        .column("topic")
        .doUpdateSet((update) => ({ revision: update("revisions.revision", "+", 1n) })),
    )
    .execute();
}

export async function readRevision(
  database: Kysely<StateDatabase>,
  topic: StateTopic,
): Promise<bigint> {
  const row = await database
    .selectFrom("revisions")
    .select("revision")
    .where("topic", "=", topic)
    .executeTakeFirst();
  return row?.revision ?? 0n;
}
