import type { Kysely, Transaction } from "kysely";
import type { CallId, Instant } from "../../../base/index.ts";
import type {
  BatchItemRecord,
  BatchItemState,
  BatchRecord,
  BatchStore,
  UnbookedBatch,
} from "../../contracts/index.ts";
import type { StateDatabase } from "../database.ts";
import type { StateEngine } from "../engine.ts";
import { fromBatchRow, fromItemRow, toBatchRow, toItemRow } from "./batch-rows.ts";

/** Ids in one statement; a database takes only so many values at once. */
const IDS_TOGETHER = 1_000;

export function openBatchStore(engine: StateEngine): BatchStore {
  const write = (work: (transaction: Transaction<StateDatabase>) => Promise<void>) =>
    engine.write("batches", work);
  return {
    begin: (record) =>
      write(async (transaction) => {
        await transaction.insertInto("batches").values(toBatchRow(record)).execute();
      }),
    addItems: (creation, items) => write((transaction) => addItems(transaction, creation, items)),
    name: (creation, batch) =>
      write(async (transaction) => {
        const named = transaction.updateTable("batches").set({ batch });
        await named.where("creation", "=", creation).execute();
      }),
    forget: (creation) => write((transaction) => forget(transaction, creation)),
    findCreation: (creation) =>
      engine.read((database) => findBatch(database, "creation", creation)),
    find: (batch) => engine.read((database) => findBatch(database, "batch", batch)),
    items: (creation, customIds) =>
      engine.read((database) => readItems(database, creation, customIds)),
    allItems: (creation) =>
      engine.read(async (database) => {
        const rows = database.selectFrom("batch_items").selectAll();
        return (await rows.where("creation", "=", creation).execute()).map(fromItemRow);
      }),
    unnamed: (limit) => engine.read((database) => readUnnamed(database, limit)),
    findUnnamed: (key, customId) => engine.read((database) => findUnnamed(database, key, customId)),
    booked: (creation, customIds) =>
      write((transaction) => markBooked(transaction, creation, customIds)),
    unbooked: (limit) => engine.read((database) => readUnbooked(database, limit)),
    removeBefore: (createdAt) => write((transaction) => removeBefore(transaction, createdAt)),
  };
}

async function findBatch(
  database: Kysely<StateDatabase>,
  column: "creation" | "batch",
  value: string,
): Promise<BatchRecord | null> {
  const rows = database.selectFrom("batches").selectAll().where(column, "=", value);
  const row = await rows.executeTakeFirst();
  return row === undefined ? null : fromBatchRow(row);
}

async function addItems(
  transaction: Transaction<StateDatabase>,
  creation: CallId,
  items: readonly BatchItemRecord[],
): Promise<void> {
  if (items.length === 0) return;
  await transaction
    .insertInto("batch_items")
    .values(items.map((item) => toItemRow(creation, item)))
    .onConflict((conflict) => conflict.columns(["creation", "custom_id"]).doNothing())
    .execute();
}

async function forget(transaction: Transaction<StateDatabase>, creation: CallId): Promise<void> {
  await transaction.deleteFrom("batch_items").where("creation", "=", creation).execute();
  await transaction.deleteFrom("batches").where("creation", "=", creation).execute();
}

async function readItems(
  database: Kysely<StateDatabase>,
  creation: CallId,
  customIds: readonly string[],
): Promise<ReadonlyMap<string, BatchItemState>> {
  const found = new Map<string, BatchItemState>();
  for (let from = 0; from < customIds.length; from += IDS_TOGETHER) {
    const rows = await database
      .selectFrom("batch_items")
      .selectAll()
      .where("creation", "=", creation)
      .where("custom_id", "in", customIds.slice(from, from + IDS_TOGETHER))
      .execute();
    for (const row of rows) found.set(row.custom_id, fromItemRow(row));
  }
  return found;
}

async function readUnnamed(
  database: Kysely<StateDatabase>,
  limit: number,
): Promise<readonly UnbookedBatch[]> {
  const rows = await database
    .selectFrom("batches")
    .leftJoin("batch_items", "batch_items.creation", "batches.creation")
    .selectAll("batches")
    .select((select) => select.fn.count<bigint>("custom_id").as("items"))
    .where("batch", "is", null)
    .groupBy("batches.creation")
    .orderBy("created_at")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ record: fromBatchRow(row), items: Number(row.items) }));
}

async function findUnnamed(
  database: Kysely<StateDatabase>,
  key: string | null,
  customId: string,
): Promise<BatchRecord | null> {
  const row = await database
    .selectFrom("batches")
    .innerJoin("batch_items", "batch_items.creation", "batches.creation")
    .selectAll("batches")
    .where("batch", "is", null)
    .where("custom_id", "=", customId)
    .where("key_id", key === null ? "is" : "=", key)
    .orderBy("created_at", "desc")
    .executeTakeFirst();
  return row === undefined ? null : fromBatchRow(row);
}

async function markBooked(
  transaction: Transaction<StateDatabase>,
  creation: CallId,
  customIds: readonly string[],
): Promise<void> {
  for (let from = 0; from < customIds.length; from += IDS_TOGETHER) {
    await transaction
      .updateTable("batch_items")
      .set({ booked: 1n })
      .where("creation", "=", creation)
      .where("custom_id", "in", customIds.slice(from, from + IDS_TOGETHER))
      .execute();
  }
}

async function readUnbooked(
  database: Kysely<StateDatabase>,
  limit: number,
): Promise<readonly UnbookedBatch[]> {
  const rows = await database
    .selectFrom("batches")
    .innerJoin("batch_items", "batch_items.creation", "batches.creation")
    .selectAll("batches")
    .select((select) => select.fn.countAll<bigint>().as("items"))
    .where("batch", "is not", null)
    .where("booked", "=", 0n)
    .groupBy("batches.creation")
    .orderBy("created_at")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ record: fromBatchRow(row), items: Number(row.items) }));
}

async function removeBefore(
  transaction: Transaction<StateDatabase>,
  createdAt: Instant,
): Promise<void> {
  const old = transaction.selectFrom("batches").select("creation");
  const before = old.where("created_at", "<", BigInt(createdAt));
  await transaction.deleteFrom("batch_items").where("creation", "in", before).execute();
  await transaction.deleteFrom("batches").where("creation", "in", before).execute();
}
