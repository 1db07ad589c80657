import type { Kysely, Transaction } from "kysely";
import { type Instant, instant } from "../../../base/index.ts";
import type {
  AlertKind,
  AlertStore,
  DeliveryState,
  LeasedDelivery,
  NewAlert,
  StoredAlert,
} from "../../contracts/index.ts";
import type { AlertRow, StateDatabase } from "../database.ts";
import type { StateEngine } from "../engine.ts";

/** Deliveries that may wait at once: a target that is gone must not fill the disk. */
export const WAITING_MAX = 10_000;
/** Alerts that may be on record at once; the oldest give way. */
const ALERTS_MAX = 50_000;

export function openAlertStore(engine: StateEngine): AlertStore {
  const write = <Value>(work: (transaction: Transaction<StateDatabase>) => Promise<Value>) =>
    engine.write("alerts", work);
  return {
    raise: (alert, targets, cooldownMs) =>
      write((transaction) => raise(transaction, alert, { targets, cooldownMs })),
    list: (limit) => engine.read((database) => list(database, limit)),
    lease: (now, until, limit) => write((transaction) => lease(transaction, { now, until, limit })),
    delivered: (id) =>
      write(async (transaction) => {
        await transaction
          .updateTable("alert_deliveries")
          .set((row) => ({
            state: "delivered",
            attempts: row("attempts", "+", 1n),
            last_failure: null,
          }))
          .where("id", "=", id)
          .execute();
      }),
    failed: (id, reason, nextAt) =>
      write(async (transaction) => {
        await transaction
          .updateTable("alert_deliveries")
          .set((row) => ({
            state: nextAt === null ? "given-up" : "waiting",
            attempts: row("attempts", "+", 1n),
            last_failure: reason,
            ...(nextAt === null ? {} : { due_at: BigInt(nextAt) }),
          }))
          .where("id", "=", id)
          .where("state", "=", "waiting")
          .execute();
      }),
    removeBefore: (at) => write((transaction) => removeBefore(transaction, at)),
  };
}

async function raise(
  transaction: Transaction<StateDatabase>,
  alert: NewAlert,
  { targets, cooldownMs }: { readonly targets: readonly string[]; readonly cooldownMs: number },
): Promise<"raised" | "held-back" | "kept"> {
  const earlier = await transaction
    .selectFrom("alerts")
    .select("id")
    .where("key", "=", alert.key)
    .where("raised_at", ">", BigInt(alert.at - cooldownMs))
    .limit(1)
    .executeTakeFirst();
  if (earlier !== undefined) return "held-back";
  await transaction.insertInto("alerts").values(toRow(alert)).execute();
  await dropOldest(transaction);
  const { count } = await transaction
    .selectFrom("alert_deliveries")
    .select((select) => select.fn.countAll<bigint>().as("count"))
    .where("state", "=", "waiting")
    .executeTakeFirstOrThrow();
  if (targets.length === 0) return "raised";
  if (Number(count) + targets.length > WAITING_MAX) return "kept";
  const deliveries = targets.map((target, index) => ({
    ...{ id: `${alert.id}_${index}`, alert_id: alert.id, target },
    ...{ state: "waiting", attempts: 0n, due_at: BigInt(alert.at), last_failure: null },
  }));
  await transaction.insertInto("alert_deliveries").values(deliveries).execute();
  return "raised";
}

async function dropOldest(transaction: Transaction<StateDatabase>): Promise<void> {
  const oldest = await transaction
    .selectFrom("alerts")
    .select("raised_at")
    .orderBy("raised_at", "desc")
    .offset(ALERTS_MAX)
    .limit(1)
    .executeTakeFirst();
  if (oldest !== undefined) await removeBefore(transaction, instant(Number(oldest.raised_at) + 1));
}

async function lease(
  transaction: Transaction<StateDatabase>,
  { now, until, limit }: { readonly now: Instant; readonly until: Instant; readonly limit: number },
): Promise<readonly LeasedDelivery[]> {
  const rows = await transaction
    .selectFrom("alert_deliveries as d")
    .innerJoin("alerts as a", "a.id", "d.alert_id")
    .select(["d.id as delivery", "d.target", "d.attempts"])
    .select(["a.id", "a.key", "a.kind", "a.title", "a.text", "a.data", "a.raised_at"])
    .where("d.state", "=", "waiting")
    .where("d.due_at", "<=", BigInt(now))
    .orderBy("d.due_at")
    .limit(limit)
    .execute();
  if (rows.length === 0) return [];
  await transaction
    .updateTable("alert_deliveries")
    .set({ due_at: BigInt(until) })
    .where(
      "id",
      "in",
      rows.map(({ delivery }) => delivery),
    )
    .execute();
  return rows.map((row) => ({
    id: row.delivery,
    target: row.target,
    attempts: Number(row.attempts),
    alert: fromRow(row),
  }));
}

async function list(
  database: Kysely<StateDatabase>,
  limit: number,
): Promise<readonly StoredAlert[]> {
  const rows = await database
    .selectFrom("alerts")
    .selectAll()
    .orderBy("raised_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  if (rows.length === 0) return [];
  const deliveries = await database
    .selectFrom("alert_deliveries")
    .selectAll()
    .where(
      "alert_id",
      "in",
      rows.map(({ id }) => id),
    )
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    ...fromRow(row),
    deliveries: deliveries
      .filter(({ alert_id }) => alert_id === row.id)
      .map((delivery) => ({
        target: delivery.target,
        state: delivery.state as DeliveryState,
        attempts: Number(delivery.attempts),
        lastFailure: delivery.last_failure,
      })),
  }));
}

/** Those with a delivery that waits stay. */
async function removeBefore(transaction: Transaction<StateDatabase>, at: Instant): Promise<void> {
  const waiting = transaction
    .selectFrom("alert_deliveries")
    .select("alert_id")
    .where("state", "=", "waiting");
  await transaction
    .deleteFrom("alerts")
    .where("raised_at", "<", BigInt(at))
    .where("id", "not in", waiting)
    .execute();
  await transaction
    .deleteFrom("alert_deliveries")
    .where("alert_id", "not in", transaction.selectFrom("alerts").select("id"))
    .execute();
}

function toRow({ id, key, kind, title, text, data, at }: NewAlert): AlertRow {
  return { id, key, kind, title, text, data: JSON.stringify(data), raised_at: BigInt(at) };
}

function fromRow(row: AlertRow): NewAlert {
  const { id, key, title, text } = row;
  return {
    ...{ id, key, title, text, kind: row.kind as AlertKind },
    data: JSON.parse(row.data),
    at: instant(Number(row.raised_at)),
  };
}
