/** The Parquet parts: checksums against the manifest, rows by themselves, rollups against rows. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { namesOf, ROLLUP_KINDS, rollupOfRows, sha256Of } from "../compaction/index.ts";
import { parquetSource, selectRows } from "../database/index.ts";
import type { LedgerLayout } from "../layout.ts";
import type { Manifest, Part, PartFile } from "../manifest/index.ts";
import { MEASURES } from "../rows/index.ts";
import type { Findings } from "./findings.ts";

/** Offending exchanges named per check. */
const NAMED_MAX = 20;

/** Returns the manifest with only those parts that can be read at all. */
export async function verifyParts(
  connection: DuckDBConnection,
  layout: LedgerLayout,
  manifest: Manifest,
  findings: Findings,
): Promise<Manifest> {
  const readable: Part[] = [];
  for (const part of manifest.parts) {
    const before = findings.all().length;
    for (const file of filesOf(part)) await verifyFile(layout, file, findings);
    if (findings.all().length === before) readable.push(part);
  }
  if (manifest.carried !== null) await verifyFile(layout, manifest.carried, findings);
  for (const part of readable) await verifyPart(connection, part, findings);
  await verifyOnce(connection, readable, findings);
  tellStrays(layout, manifest, findings);
  return { ...manifest, parts: readable };
}

function filesOf(part: Part): readonly PartFile[] {
  const { exchanges, blocks, hourly, users, sessions } = part;
  return [exchanges, blocks, hourly, users, sessions].flatMap((file) => file ?? []);
}

async function verifyFile(layout: LedgerLayout, file: PartFile, findings: Findings): Promise<void> {
  const path = join(layout.parts, file.name);
  findings.filesChecked += 1;
  if (!existsSync(path)) {
    findings.error("file-missing", file.name, null, "the manifest names it and it is not there");
  } else if (statSync(path).size !== file.bytes) {
    findings.error("size-mismatch", file.name, null, `it should have ${file.bytes} bytes`);
  } else if ((await sha256Of(path)) !== file.sha256) {
    findings.error("checksum-mismatch", file.name, null, "its content is not what was written");
  }
}

async function verifyPart(
  connection: DuckDBConnection,
  part: Part,
  findings: Findings,
): Promise<void> {
  const file = part.exchanges.name;
  const source = parquetSource([part], "exchanges") ?? "";
  findings.entriesChecked += part.exchanges.rows;
  for (const [code, broken] of Object.entries(ROW_CHECKS)) {
    const sql = `select exchange from ${source} where ${broken} limit ${NAMED_MAX}`;
    for (const [id] of await selectRows(connection, sql, [])) {
      findings.error(code, file, null, `the row of ${id}`);
    }
  }
  for (const kind of ROLLUP_KINDS) {
    const kept = `select * from ${parquetSource([part], kind)}`;
    const again = `select * from (${rollupOfRows(kind, source)})`;
    const sql = `select count(*) from ((${again} except all ${kept}) union all (${kept} except all ${again}))`;
    const [row] = await selectRows(connection, sql, []);
    if (row?.[0] === 0n) continue;
    const message = `${row?.[0]} of its sums differ from the rows of ${file}`;
    findings.error("rollup-differs", part[kind].name, null, message);
  }
}

const LINES_SUM = "coalesce(list_sum(list_transform(lines, lambda line: line.amount)), 0)";
const CLASSES = ["input", "cache_write", "cache_read", "output", "fee"];
const CLASS_SUM = CLASSES.map((name) => `${name}_amount::hugeint`).join(" + ");
const BROKEN_LINES = `len(list_filter(lines, lambda line:
  line.quantity::hugeint * line.unit_amount <> line.amount)) > 0`;
const USAGE = "$.settled.measured.usage";
const REPORTED = "$.settled.measured.reported";

function field(path: string): string {
  return `json_extract_string(detail, '${path}')`;
}

function sumOf(object: string, names: readonly string[]): string {
  return names.map((name) => `coalesce(${field(`${object}.${name}`)}::bigint, 0)`).join(" + ");
}

const OURS = sumOf(USAGE, [
  "inputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
]);
/** Where the writes by lifetime are more than their total, they are what is billed. */
const WRITES_REPORTED = `greatest(${sumOf(REPORTED, ["cache_creation_input_tokens"])}, ${sumOf(
  `${REPORTED}.cache_creation`,
  ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"],
)})`;
const THEIRS = `${sumOf(REPORTED, ["input_tokens", "cache_read_input_tokens"])} + ${WRITES_REPORTED}`;

/** Each condition holds of a row that is wrong. */
const ROW_CHECKS = {
  "lines-do-not-sum": `sign * ${LINES_SUM} <> measured_amount`,
  "classes-do-not-sum": `${CLASS_SUM} <> measured_amount`,
  "line-is-not-quantity-times-price": BROKEN_LINES,
  "sign-and-count-differ": "exchanges <> sign",
  "prompt-tokens-do-not-sum": `${field(`${REPORTED}.input_tokens`)} is not null
  and ${field(`${USAGE}.iterations`)} is null and ${OURS} <> ${THEIRS}`,
} as const;

/** Every exchange counts once, whatever was taken back; and all sums come out of the rollups again. */
async function verifyOnce(
  connection: DuckDBConnection,
  parts: readonly Part[],
  findings: Findings,
): Promise<void> {
  const source = parquetSource(parts, "exchanges");
  if (source === null) return;
  // An imported call is taken out where the gateway turns out to have carried it.
  const sql = `select exchange, sum(sign) from ${source} group by exchange
having sum(sign) <> 1 and not (sum(sign) = 0 and bool_and(source is not null)) limit ${NAMED_MAX}`;
  for (const [id, count] of await selectRows(connection, sql, [])) {
    findings.error("duplicate-exchange", "parts", null, `${id} counts ${count} times`);
  }
  const sums = MEASURES.map((name) => `sum(${name})`).join(", ");
  const [rows] = await selectRows(connection, `select ${sums} from ${source}`, []);
  for (const kind of ROLLUP_KINDS) {
    const rollup = `select ${sums} from ${parquetSource(parts, kind)}`;
    const [again] = await selectRows(connection, rollup, []);
    const same = rows?.every((value, index) => value === again?.[index]) === true;
    if (!same) findings.error("rollup-differs", kind, null, "its total is not that of the rows");
  }
}

function tellStrays(layout: LedgerLayout, manifest: Manifest, findings: Findings): void {
  const names = namesOf(manifest);
  for (const name of readdirSync(layout.parts)) {
    if (names.has(name)) continue;
    const message = "no manifest names it: a compaction is at work, or was ended; harmless";
    findings.notice("stray-file", name, null, message);
  }
}
