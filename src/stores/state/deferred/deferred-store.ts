import type { Kysely, Transaction } from "kysely";
import type { CallId, Instant } from "../../../base/index.ts";
import type {
  DeferredAnswer,
  DeferredCounts,
  DeferredState,
  DeferredStatus,
  DeferredStore,
  NewDeferredCall,
} from "../../contracts/index.ts";
import type { StateDatabase } from "../database.ts";
import type { StateEngine } from "../engine.ts";
import { fromStatusRow, STATUS_COLUMNS, type StatusRow, toDeferredRow } from "./deferred-rows.ts";

/** Rows in one statement; a database takes only so many values at once. */
const ROWS_TOGETHER = 500;
const OVER: readonly DeferredState[] = ["answered", "canceled"];

export function openDeferredStore(engine: StateEngine): DeferredStore {
  const write = <Value>(work: (transaction: Transaction<StateDatabase>) => Promise<Value>) =>
    engine.write("deferred", work);
  return {
    add: (calls) => write((transaction) => addCalls(transaction, calls)),
    find: (id) => engine.read((database) => one(statuses(database).where("id", "=", id))),
    findByIdentity: (key, identity) =>
      engine.read((database) =>
        one(
          statuses(database)
            .where("key_id", "=", key)
            .where("identity", "=", identity)
            .orderBy("received_at", "desc"),
        ),
      ),
    inState: (state, limit) =>
      engine.read((database) =>
        many(statuses(database).where("state", "=", state).orderBy("received_at").limit(limit)),
      ),
    pressing: (before, limit) => engine.read((database) => pressing(database, before, limit)),
    ofCreation: (creation) =>
      engine.read((database) => many(statuses(database).where("creation", "=", creation))),
    bodies: (ids) => engine.read((database) => readBodies(database, ids)),
    send: (ids, creation) => write((transaction) => send(transaction, ids, creation)),
    submitted: (creation) =>
      write((transaction) => move(transaction, creation, "sending", "submitted")),
    release: (creation) => write((transaction) => release(transaction, creation)),
    releaseOne: (id) => write((transaction) => releaseOne(transaction, id)),
    fallBack: (id) => write((transaction) => fallBack(transaction, id)),
    answer: (id, answer) => write((transaction) => giveAnswer(transaction, id, answer)),
    answerBody: (id) => engine.read((database) => readAnswer(database, id)),
    delivered: (id) => write((transaction) => markDelivered(transaction, id)),
    cancel: (id) => write((transaction) => cancel(transaction, id)),
    counts: () => engine.read(readCounts),
    removeBefore: (endedAt) => write((transaction) => removeBefore(transaction, endedAt)),
  };
}

function statuses(database: Kysely<StateDatabase>) {
  return database.selectFrom("deferred_calls").select(STATUS_COLUMNS);
}

type StatusQuery = { readonly execute: () => Promise<StatusRow[]> };

async function many(query: StatusQuery): Promise<readonly DeferredStatus[]> {
  return (await query.execute()).map(fromStatusRow);
}

async function one(query: StatusQuery): Promise<DeferredStatus | null> {
  return (await many(query))[0] ?? null;
}

async function addCalls(
  transaction: Transaction<StateDatabase>,
  calls: readonly NewDeferredCall[],
): Promise<void> {
  for (let from = 0; from < calls.length; from += ROWS_TOGETHER) {
    const rows = calls.slice(from, from + ROWS_TOGETHER).map(toDeferredRow);
    await transaction.insertInto("deferred_calls").values(rows).execute();
  }
}

function pressing(
  database: Kysely<StateDatabase>,
  before: Instant,
  limit: number,
): Promise<readonly DeferredStatus[]> {
  return many(
    statuses(database)
      .where("state", "not in", OVER)
      .where("deadline_at", "<", BigInt(before))
      .orderBy("deadline_at")
      .limit(limit),
  );
}

async function readBodies(
  database: Kysely<StateDatabase>,
  ids: readonly CallId[],
): Promise<ReadonlyMap<CallId, Uint8Array>> {
  if (ids.length === 0) return new Map();
  const rows = await database
    .selectFrom("deferred_calls")
    .select(["id", "body"])
    .where("id", "in", ids)
    .where("body", "is not", null)
    .execute();
  return new Map(rows.flatMap(({ id, body }) => (body === null ? [] : [[id as CallId, body]])));
}

async function send(
  transaction: Transaction<StateDatabase>,
  ids: readonly CallId[],
  creation: CallId,
): Promise<readonly CallId[]> {
  for (let from = 0; from < ids.length; from += ROWS_TOGETHER) {
    await transaction
      .updateTable("deferred_calls")
      .set({ state: "sending", creation })
      .where("id", "in", ids.slice(from, from + ROWS_TOGETHER))
      .where("state", "=", "waiting")
      .execute();
  }
  const rows = transaction.selectFrom("deferred_calls").select("id");
  const sent = await rows.where("creation", "=", creation).execute();
  return sent.map(({ id }) => id as CallId);
}

async function move(
  transaction: Transaction<StateDatabase>,
  creation: CallId,
  from: DeferredState,
  to: DeferredState,
): Promise<void> {
  await transaction
    .updateTable("deferred_calls")
    .set({ state: to })
    .where("creation", "=", creation)
    .where("state", "=", from)
    .execute();
}

async function release(transaction: Transaction<StateDatabase>, creation: CallId): Promise<void> {
  await transaction
    .updateTable("deferred_calls")
    .set({ state: "waiting", creation: null })
    .where("creation", "=", creation)
    .where("state", "not in", OVER)
    .execute();
}

async function releaseOne(transaction: Transaction<StateDatabase>, id: CallId): Promise<void> {
  await transaction
    .updateTable("deferred_calls")
    .set({ state: "waiting", creation: null })
    .where("id", "=", id)
    .where("state", "not in", OVER)
    .execute();
}

async function fallBack(transaction: Transaction<StateDatabase>, id: CallId): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable("deferred_calls")
    .set({ fell_back: 1n })
    .where("id", "=", id)
    .where("fell_back", "=", 0n)
    .where("state", "not in", OVER)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function giveAnswer(
  transaction: Transaction<StateDatabase>,
  id: CallId,
  answer: DeferredAnswer,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable("deferred_calls")
    .set({
      state: "answered",
      answered_at: BigInt(answer.at),
      answer_status: BigInt(answer.status),
      answered_by: answer.by,
      answer: answer.body,
      body: null,
    })
    .where("id", "=", id)
    .where("state", "not in", OVER)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function readAnswer(database: Kysely<StateDatabase>, id: CallId): Promise<Uint8Array | null> {
  const row = await database
    .selectFrom("deferred_calls")
    .select("answer")
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.answer ?? null;
}

async function markDelivered(transaction: Transaction<StateDatabase>, id: CallId): Promise<void> {
  await transaction
    .updateTable("deferred_calls")
    .set({ delivered: 1n })
    .where("id", "=", id)
    .execute();
}

async function cancel(transaction: Transaction<StateDatabase>, id: CallId): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable("deferred_calls")
    .set({ state: "canceled", body: null })
    .where("id", "=", id)
    .where("state", "not in", OVER)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function readCounts(database: Kysely<StateDatabase>): Promise<DeferredCounts> {
  const rows = await database
    .selectFrom("deferred_calls")
    .select((select) => ["state", select.fn.countAll<bigint>().as("calls")])
    .groupBy("state")
    .execute();
  const kept = await database
    .selectFrom("deferred_calls")
    .select((select) => select.fn.sum<bigint | null>("body_bytes").as("bytes"))
    .where("state", "not in", OVER)
    .executeTakeFirst();
  const byState = { waiting: 0, sending: 0, submitted: 0, answered: 0, canceled: 0 };
  for (const { state, calls } of rows) byState[state as DeferredState] = Number(calls);
  return { byState, bodyBytes: Number(kept?.bytes ?? 0n) };
}

/** A call that was canceled counts from its deadline on. */
async function removeBefore(
  transaction: Transaction<StateDatabase>,
  endedAt: Instant,
): Promise<void> {
  const before = BigInt(endedAt);
  await transaction
    .deleteFrom("deferred_calls")
    .where("state", "in", OVER)
    .where((where) =>
      where.or([
        where("answered_at", "<", before),
        where.and([where("answered_at", "is", null), where("deadline_at", "<", before)]),
      ]),
    )
    .execute();
}
