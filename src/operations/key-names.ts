/** Virtual keys by name in questions to the ledger, which knows them by id. */
import { PurserError } from "../base/index.ts";
import type { Filter, SpendRow } from "../stores/contracts/index.ts";
import type { OperationContext } from "./context.ts";

/** Name by id. */
export type KeyNames = ReadonlyMap<string, string>;

export const NO_NAMES: KeyNames = new Map();

/** None where nothing was ever defined. Errors: `STATE_*`. */
export async function readKeyNames(context: Pick<OperationContext, "state">): Promise<KeyNames> {
  try {
    const keys = await (await context.state()).keys.list();
    return new Map(keys.map(({ id, name }) => [id, name]));
  } catch (error) {
    if (error instanceof PurserError && error.code === "STATE_NOT_FOUND") return NO_NAMES;
    throw error;
  }
}

/** `key=support-chat` asks for the key of that name. */
export function withKeyId(filter: Filter, names: KeyNames): Filter {
  if (filter.dimension !== "key" || filter.value === null || names.has(filter.value)) return filter;
  for (const [id, name] of names) if (name === filter.value) return { ...filter, value: id };
  return filter;
}

/** The names of the keys in the rows; `column` is where a group holds the key, or -1. */
export function namesIn(
  rows: readonly SpendRow[],
  column: number,
  names: KeyNames,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { group } of rows) {
    const id = group[column] ?? null;
    const name = id === null ? undefined : names.get(id);
    if (id !== null && name !== undefined) found[id] = name;
  }
  return found;
}
