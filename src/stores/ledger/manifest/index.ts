/**
 * manifest: the one file that says which Parquet parts and which journal segments are the ledger.
 *
 * Answers:   what is compacted, and from which segment on the journal holds the rest.
 * Promises:  replaced in one step: a reader sees the old one or the new one, never a mixture.
 * Does not:  write Parquet (compaction does).
 * Start at:  manifest.ts.
 */
export {
  EMPTY_MANIFEST,
  type Manifest,
  type Part,
  type PartFile,
  readManifest,
  writeManifest,
} from "./manifest.ts";
