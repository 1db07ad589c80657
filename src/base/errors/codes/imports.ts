import type { ErrorDefinition } from "../code-definition.ts";

/** Records of others that come in, and the provider's reports that the ledger is held against. */
export const IMPORT_ERRORS = {
  IMPORT_PATH_UNREADABLE: {
    meaning: "A path that was named to be imported is not there, or may not be read.",
    status: 400,
    mend: "Check the path and its permissions; nothing was imported.",
  },
  IMPORT_MAPPING_INVALID: {
    meaning:
      "The mapping of a table's columns names an unknown field, or leaves out one that is needed.",
    status: 400,
    mend: "Write --map column=field,column=field, or name a YAML file of `column: field`; `purser import --help` lists the fields.",
  },
  IMPORT_OPTION_UNFIT: {
    meaning: "An option of an import is for another source, or is missing for this one.",
    status: 400,
    mend: "See `purser import --help` for which option belongs to which source.",
  },
  REPORT_UNREADABLE: {
    meaning: "A file is none of the provider's usage and cost reports.",
    status: 400,
    mend: "Give pages of the usage or the cost report as the API answers them, as JSON.",
  },
  REPORT_MISSING: {
    meaning: "There is no report to hold the ledger against.",
    status: 400,
    mend: "Name files with --usage and --cost, or fetch them with --fetch.",
  },
  REPORT_KEY_MISSING: {
    meaning: "The reports cannot be fetched without an Admin key.",
    status: 400,
    mend: "Set PURSER_ADMIN_KEY, or name a file that holds the key with --admin-key-file.",
  },
  REPORT_REFUSED: {
    meaning: "The provider did not answer with its report.",
    status: 502,
    mend: "Check the Admin key, the form of the report and the window; or download the report and give it as a file.",
  },
} as const satisfies Record<string, ErrorDefinition>;
