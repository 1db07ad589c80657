import { once } from "node:events";
import { createWriteStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { type Clock, type FillRandom, PurserError } from "../../../base/index.ts";
import type { ImportAnswer, LedgerImporter } from "../../contracts/index.ts";
import { openDataDirectory, readInstallation } from "../../data-directory/index.ts";
import { openEngine } from "../engine/index.ts";
import { checkEntry, encodeEntry } from "../entries/index.ts";
import { ledgerLayout, makeLedgerFolders } from "../layout.ts";

/** An import that takes longer is given up; nothing of it is in the ledger then. */
const ADOPTION_TIMEOUT_MS = 4 * 60 * 60_000;

export type LedgerImporterOptions = {
  /** The data directory; made when it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly fillRandom: FillRandom;
};

/** The data directory's lock is taken for a moment, and only to make a directory that is not there. */
export async function openLedgerImporter(options: LedgerImporterOptions): Promise<LedgerImporter> {
  const directory = resolve(options.directory);
  const installationSecret = secretOf(directory, options);
  makeLedgerFolders(ledgerLayout(directory));
  const folder = mkdtempSync(join(tmpdir(), "purser-import-"));
  const spool = join(folder, "records");
  const stream = createWriteStream(spool, { mode: 0o600 });
  let failure: Error | null = null;
  stream.on("error", (error) => {
    failure = error;
  });
  return {
    installationSecret,
    add: async ({ opened, settled }) => {
      if (failure !== null) throw unwritable(failure, spool);
      checkEntry(opened);
      checkEntry(settled);
      const line = `${JSON.stringify([encodeEntry(opened), encodeEntry(settled)])}\n`;
      if (!stream.write(line)) await once(stream, "drain");
    },
    commit: async () => {
      stream.end();
      await finished(stream).catch((error: Error) => Promise.reject(unwritable(error, spool)));
      return adopt(directory, spool);
    },
    close: async () => {
      stream.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function secretOf(directory: string, { clock, fillRandom }: LedgerImporterOptions): Uint8Array {
  if (existsSync(join(directory, "installation.json"))) return readInstallation(directory).secret;
  const made = openDataDirectory({ path: directory, clock, fillRandom });
  made.release();
  return made.secret;
}

async function adopt(directory: string, spool: string): Promise<ImportAnswer> {
  const engine = openEngine({ directory, exportFolder: null });
  try {
    return await engine.call("adopt", { spool }, ADOPTION_TIMEOUT_MS);
  } finally {
    await engine.close();
  }
}

function unwritable(error: Error, where: string): PurserError {
  return new PurserError("LEDGER_UNWRITABLE", { what: error.message, where, cause: error });
}
