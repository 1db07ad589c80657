import type { DuckDBConnection } from "@duckdb/node-api";
import { PurserError } from "../../../base/index.ts";
import type { VerifyAnswer } from "../../contracts/index.ts";
import { parquetSource, selectRows } from "../database/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { EMPTY_MANIFEST, type Manifest, readManifest } from "../manifest/index.ts";
import { Findings } from "./findings.ts";
import { type JournalFacts, verifyJournal } from "./verify-journal.ts";
import { verifyParts } from "./verify-parts.ts";

/** How often it begins again because a compaction replaced the files it was reading. */
const ATTEMPTS_MAX = 5;
/** Ids looked for in the parts at once. */
const IDS_AT_ONCE = 500;

/** Checks every file of the ledger. Errors: `LEDGER_VERSION_NEWER`. */
export async function verify(
  connection: DuckDBConnection,
  layout: LedgerLayout,
): Promise<VerifyAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const findings = new Findings();
    const manifest = manifestOrFinding(layout, findings);
    const checked = await verifyAll(connection, layout, manifest, findings);
    if (checked !== null && manifest.generation === generationNow(layout, manifest)) {
      return answerOf(connection, checked, findings);
    }
    if (attempt === ATTEMPTS_MAX) {
      const what = "compactions replace the files faster than they can be checked";
      throw new PurserError("LEDGER_BUSY", { what });
    }
  }
}

function manifestOrFinding(layout: LedgerLayout, findings: Findings): Manifest {
  findings.filesChecked += 1;
  try {
    return readManifest(layout.manifest);
  } catch (error) {
    if (!(error instanceof PurserError) || error.code !== "LEDGER_DAMAGED") throw error;
    findings.error("checksum-mismatch", "manifest.json", 0, error.what);
    return EMPTY_MANIFEST;
  }
}

function generationNow(layout: LedgerLayout, before: Manifest): number {
  try {
    return readManifest(layout.manifest).generation;
  } catch {
    return before.generation;
  }
}

type Checked = { readonly facts: JournalFacts; readonly readable: Manifest };

/** `null` when a file went away while it was read. */
async function verifyAll(
  connection: DuckDBConnection,
  layout: LedgerLayout,
  manifest: Manifest,
  findings: Findings,
): Promise<Checked | null> {
  try {
    const facts = verifyJournal(layout, manifest, findings);
    const readable = await verifyParts(connection, layout, manifest, findings);
    await verifyRelations(connection, readable, facts, findings);
    return { facts, readable };
  } catch (error) {
    if (manifest.generation !== generationNow(layout, manifest)) return null;
    throw error;
  }
}

/** Entries whose opening is not in the journal belong to an exchange in the parts. */
async function verifyRelations(
  connection: DuckDBConnection,
  manifest: Manifest,
  facts: JournalFacts,
  findings: Findings,
): Promise<void> {
  const inParts = await idsInParts(connection, manifest, [...facts.unopened.keys()]);
  for (const [id, { kind, file, offset }] of facts.unopened) {
    if (inParts.has(id)) continue;
    if (kind === "settled") findings.error("settled-without-opened", file, offset, id);
    else findings.error("correction-of-unknown", file, offset, id);
  }
  const again = await idsInParts(connection, manifest, [...facts.opened.keys()]);
  for (const id of again) {
    const place = facts.opened.get(id);
    const message = `${id} is in the parts already`;
    findings.error("duplicate-exchange", place?.file ?? "", place?.offset ?? null, message);
  }
}

async function idsInParts(
  connection: DuckDBConnection,
  manifest: Manifest,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const source = parquetSource(manifest.parts, "exchanges");
  if (source === null) return found;
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const some = ids.slice(start, start + IDS_AT_ONCE);
    const list = some.map((_, index) => `$${index + 1}`).join(", ");
    const sql = `select distinct exchange from ${source} where exchange in (${list})`;
    for (const [id] of await selectRows(connection, sql, some)) found.add(String(id));
  }
  return found;
}

async function answerOf(
  connection: DuckDBConnection,
  { facts, readable }: Checked,
  findings: Findings,
): Promise<VerifyAnswer> {
  const unopened = await idsInParts(connection, readable, [...facts.unopened.keys()]);
  const inParts = readable.parts.reduce(
    (sum, part) => sum + part.exchanges.rows - 2 * part.takenBack,
    0,
  );
  const orphans = [...facts.unopened.keys()].filter((id) => !unopened.has(id)).length;
  return {
    sound: findings.sound(),
    filesChecked: findings.filesChecked,
    entriesChecked: findings.entriesChecked,
    exchanges: inParts + facts.opened.size + orphans,
    findings: findings.all(),
  };
}
