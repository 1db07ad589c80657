/** Where nodes of the prefix tree were first written down, with all nodes above them. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { PromptPath } from "../../../domain/prompt/index.ts";
import { parquetSource, type Snapshot, selectRows } from "../database/index.ts";
import { findExchanges } from "./find-exchanges.ts";

const NODE = "json_extract_string(detail, '$.opened.prompt.node')";
const PARENT = "json_extract_string(detail, '$.opened.prompt.parent')";
/** Ids asked for in one statement. */
const NODES_AT_ONCE = 500;

/** The paths that ended at `nodes` and at their ancestors, in no order; unknown nodes are left out. */
export async function promptOrigins(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  nodes: readonly string[],
): Promise<readonly PromptPath[]> {
  const live = livePaths(snapshot);
  const found = new Map<string, PromptPath>();
  let wanted: readonly string[] = nodes;
  while (wanted.length > 0) {
    const missing: string[] = [];
    for (const node of wanted) climb(node, live, found, missing);
    const compacted = await compactedPaths(connection, snapshot, missing);
    for (const path of compacted) found.set(path.node, path);
    wanted = compacted.flatMap(({ parent }) =>
      parent === null || found.has(parent) ? [] : [parent],
    );
  }
  return [...found.values()];
}

/** Follows parents through the journal; the first that is not there is missing. */
function climb(
  from: string,
  live: ReadonlyMap<string, PromptPath>,
  found: Map<string, PromptPath>,
  missing: string[],
): void {
  let node: string | null = from;
  while (node !== null && !found.has(node)) {
    const path = live.get(node);
    if (path === undefined) {
      missing.push(node);
      return;
    }
    found.set(node, path);
    node = path.parent;
  }
}

function livePaths(snapshot: Snapshot): ReadonlyMap<string, PromptPath> {
  const paths = new Map<string, PromptPath>();
  for (const { state } of snapshot.live.all()) {
    const { prompt } = state.opened;
    if (prompt !== null && prompt.node !== prompt.parent) paths.set(prompt.node, prompt);
  }
  return paths;
}

/** In one statement with all ancestors, since a long session is a long chain. */
async function compactedPaths(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  nodes: readonly string[],
): Promise<readonly PromptPath[]> {
  const { parts } = snapshot.manifest;
  const source = parquetSource(parts, "exchanges");
  if (source === null) return [];
  const paths: PromptPath[] = [];
  for (let start = 0; start < nodes.length; start += NODES_AT_ONCE) {
    const some = nodes.slice(start, start + NODES_AT_ONCE);
    const list = some.map((_, index) => `$${index + 1}`).join(", ");
    const sql = `with recursive origins as (
select ${NODE} as node, any_value(${PARENT}) as parent, min(exchange) as exchange from ${source}
where sign = 1 and ${NODE} is distinct from ${PARENT} and ${NODE} is not null group by node
), chain as (
select node, parent, exchange from origins where node in (${list})
union select above.node, above.parent, above.exchange
from chain join origins as above on above.node = chain.parent
) select exchange from chain`;
    const rows = await selectRows(connection, sql, some);
    const ids = rows.map(([exchange]) => String(exchange));
    for (const { opened } of (await findExchanges(connection, snapshot.manifest, ids)).values()) {
      if (opened.prompt !== null) paths.push(opened.prompt);
    }
  }
  return paths;
}
