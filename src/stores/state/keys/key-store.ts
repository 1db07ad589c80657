import type { Kysely, Transaction } from "kysely";
import { type Instant, PurserError } from "../../../base/index.ts";
import type {
  KeySecret,
  NewVirtualKey,
  VirtualKey,
  VirtualKeyStore,
} from "../../contracts/index.ts";
import type { KeySecretRow, StateDatabase, VirtualKeyRow } from "../database.ts";
import type { StateEngine } from "../engine.ts";
import { fromKeyRow, toKeyRow, toSecretRow } from "./key-rows.ts";

/** All of them are kept in memory by a running gateway. */
const KEYS_MAX = 100_000;

export function openKeyStore(engine: StateEngine): VirtualKeyStore {
  return {
    create: (key) => engine.write("keys", (transaction) => insertKey(transaction, key)),
    list: () => engine.read(readKeys),
    find: (idOrName) => engine.read((database) => findKey(database, idOrName)),
    rotate: (id, secret, othersEndAt) =>
      engine.write("keys", (transaction) => addSecret(transaction, id, secret, othersEndAt)),
    revoke: (id, at) => engine.write("keys", (transaction) => revokeKey(transaction, id, at)),
  };
}

async function insertKey(
  transaction: Transaction<StateDatabase>,
  key: NewVirtualKey,
): Promise<void> {
  const { count } = await transaction
    .selectFrom("virtual_keys")
    .select((select) => select.fn.countAll<bigint>().as("count"))
    .executeTakeFirstOrThrow();
  if (Number(count) >= KEYS_MAX) {
    throw new PurserError("KEYS_FULL", { what: `there are ${KEYS_MAX} keys` });
  }
  const row = toKeyRow(key);
  const taken = await transaction
    .selectFrom("virtual_keys")
    .select("id")
    .where("name", "=", row.name)
    .executeTakeFirst();
  if (taken !== undefined) {
    throw new PurserError("KEY_NAME_TAKEN", { what: `a key is named ${row.name} already` });
  }
  await transaction.insertInto("virtual_keys").values(row).execute();
  await transaction.insertInto("key_secrets").values(toSecretRow(key.id, key.secret)).execute();
}

/** One statement, so that no key shows without its secrets when another process makes one. */
async function readKeys(database: Kysely<StateDatabase>): Promise<readonly VirtualKey[]> {
  const rows = await joined(database).execute();
  return groupRows(rows);
}

async function findKey(
  database: Kysely<StateDatabase>,
  idOrName: string,
): Promise<VirtualKey | null> {
  const rows = await joined(database)
    .where((where) => where.or([where("id", "=", idOrName), where("name", "=", idOrName)]))
    .execute();
  const found = groupRows(rows);
  // A name may look like an id; the id itself goes first.
  return found.find(({ id }) => id === idOrName) ?? found[0] ?? null;
}

type JoinedRow = VirtualKeyRow & {
  readonly digest: string;
  readonly hint: string;
  readonly secret_created_at: bigint;
  readonly ends_at: bigint | null;
};

function joined(database: Kysely<StateDatabase>) {
  return database
    .selectFrom("virtual_keys")
    .innerJoin("key_secrets", "key_secrets.key_id", "virtual_keys.id")
    .selectAll("virtual_keys")
    .select(["digest", "hint", "ends_at", "key_secrets.created_at as secret_created_at"])
    .orderBy("virtual_keys.created_at", "desc")
    .orderBy("id", "desc")
    .orderBy("key_secrets.created_at", "desc")
    .orderBy("digest");
}

function groupRows(rows: readonly JoinedRow[]): readonly VirtualKey[] {
  const groups = Map.groupBy(rows, ({ id }) => id);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [fromKeyRow(first, group.map(secretOf))];
  });
}

function secretOf(row: JoinedRow): KeySecretRow {
  const { id: key_id, digest, hint, secret_created_at: created_at, ends_at } = row;
  return { digest, key_id, hint, created_at, ends_at };
}

async function addSecret(
  transaction: Transaction<StateDatabase>,
  id: string,
  secret: KeySecret,
  othersEndAt: Instant,
): Promise<void> {
  const { revoked_at } = await existing(transaction, id);
  if (revoked_at !== null) {
    throw new PurserError("KEY_REVOKED_ALREADY", { what: `the key ${id} is revoked` });
  }
  const end = BigInt(othersEndAt);
  await transaction
    .updateTable("key_secrets")
    .set({ ends_at: end })
    .where("key_id", "=", id)
    .where((where) => where.or([where("ends_at", "is", null), where("ends_at", ">", end)]))
    .execute();
  await transaction.insertInto("key_secrets").values(toSecretRow(id, secret)).execute();
}

async function revokeKey(
  transaction: Transaction<StateDatabase>,
  id: string,
  at: Instant,
): Promise<void> {
  await existing(transaction, id);
  await transaction
    .updateTable("virtual_keys")
    .set({ revoked_at: BigInt(at) })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .execute();
}

async function existing(
  transaction: Transaction<StateDatabase>,
  id: string,
): Promise<Pick<VirtualKeyRow, "revoked_at">> {
  const row = await transaction
    .selectFrom("virtual_keys")
    .select("revoked_at")
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw new PurserError("KEY_NOT_FOUND", { what: `there is no key ${id}` });
  return row;
}
