import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isJsonObject, PurserError } from "../../../base/index.ts";
import { encodeFrame, readFrame } from "../journal/index.ts";

export const MANIFEST_VERSION = 1;

/** A file under `parts/`, with what it must be. */
export type PartFile = {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
};

/** What one compaction, or one merge of parts, brought: rows with a sign, and their sums. */
export type Part = {
  readonly id: number;
  /** How many merges deep. */
  readonly level: number;
  /** Earliest and latest opening of an exchange in it, milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly exchanges: PartFile;
  readonly blocks: PartFile | null;
  readonly hourly: PartFile;
  readonly users: PartFile;
  readonly sessions: PartFile;
  /** How many rows take another back. */
  readonly takenBack: number;
  /** Absent in parts from before rows said where they came from. */
  readonly hasSource?: boolean;
};

export type Manifest = {
  readonly manifest: number;
  /** Grows by one with every change. */
  readonly generation: number;
  /** The first segment of the journal that is not in the parts. */
  readonly journalFrom: number;
  readonly nextPart: number;
  readonly parts: readonly Part[];
  /** Entries of exchanges that were open when their segment was compacted, as frames. */
  readonly carried: PartFile | null;
};

export const EMPTY_MANIFEST: Manifest = {
  manifest: MANIFEST_VERSION,
  generation: 0,
  journalFrom: 1,
  nextPart: 1,
  parts: [],
  carried: null,
};

/** The manifest, or the empty one before the first compaction. Errors: `LEDGER_DAMAGED`, `LEDGER_VERSION_NEWER`. */
export function readManifest(path: string): Manifest {
  const bytes = readIfThere(path);
  if (bytes === null) return EMPTY_MANIFEST;
  const json = bytes.at(-1) === 10 ? readFrame(bytes.subarray(0, -1)) : null;
  const value: unknown = json === null ? null : JSON.parse(json);
  if (!isJsonObject(value) || typeof value.manifest !== "number") {
    throw new PurserError("LEDGER_DAMAGED", { what: "its checksum does not match", where: path });
  }
  if (value.manifest > MANIFEST_VERSION) {
    const what = `the manifest has format ${value.manifest}, this Purser reads ${MANIFEST_VERSION}`;
    throw new PurserError("LEDGER_VERSION_NEWER", { what, where: path });
  }
  // The checksum shows that a Purser of this format wrote it.
  return value as unknown as Manifest;
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Durable when it returns: written beside, synced, renamed, and the folder synced. */
export function writeManifest(path: string, manifest: Manifest): void {
  const beside = `${path}.new`;
  const file = openSync(beside, "w", 0o600);
  try {
    // A disk that is nearly full takes a part and says so by the count; this writes on, or throws.
    writeFileSync(file, encodeFrame(JSON.stringify(manifest)));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
