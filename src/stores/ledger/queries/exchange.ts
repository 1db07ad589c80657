/** One exchange by its id, with everything known of it. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Exchange } from "../../contracts/index.ts";
import type { Snapshot } from "../database/index.ts";
import { toExchange } from "../rows/index.ts";
import { findExchanges } from "./find-exchanges.ts";

export async function exchange(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  id: string,
): Promise<Exchange | null> {
  const live = snapshot.live.get(id);
  if (live !== undefined) return toExchange(live.state);
  const found = await findExchanges(connection, snapshot.manifest, [id]);
  return found.get(id) ?? null;
}
