import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { PurserError } from "../base/index.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../stores/contracts/index.ts";
import { defineOperation } from "./operation.ts";
import { count } from "./output-values.ts";
import { readWindow } from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

const FORMATS: Readonly<
  Record<ExportFormat, { readonly extension: string; readonly mediaType: string }>
> = {
  csv: { extension: "csv", mediaType: "text/csv; charset=utf-8" },
  jsonl: { extension: "jsonl", mediaType: "application/jsonl" },
  parquet: { extension: "parquet", mediaType: "application/vnd.apache.parquet" },
  focus: { extension: "csv", mediaType: "text/csv; charset=utf-8" },
};

export const ledgerExport = defineOperation({
  name: "ledger-export",
  path: ["ledger", "export"],
  title: "Take the ledger elsewhere",
  summary: "Writes every exchange as CSV, JSON lines, Parquet or FOCUS 1.2 (CSV).",
  effects: "reads",
  answersFile: true,
  localFields: ["file"],
  input: z.strictObject({
    format: z.enum(EXPORT_FORMATS).default("csv").describe("How it is written."),
    ...windowInput,
    billingAccount: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        "The provider's id of the account, for BillingAccountId of FOCUS; the key's fingerprint when left out.",
      ),
    file: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .describe("A new file to write to; standard output when left out."),
  }),
  output: z.object({
    format: z.enum(EXPORT_FORMATS),
    rows: count().describe("Exchanges; of FOCUS its charges, one for each line of a bill."),
    file: z.string(),
    temporary: z.boolean().describe("Whether the file goes away when the answer has been read."),
    media_type: z.string(),
  }),
  examples: [
    { says: "everything as CSV", shell: "purser ledger export > exchanges.csv", input: {} },
    {
      says: "last month for a FinOps tool",
      input: {
        format: "focus",
        since: "2026-10-01",
        until: "2026-11-01",
        file: "october.focus.csv",
      },
    },
  ],
  async run(input, context) {
    const window = readWindow(input, context.clock.now());
    const { extension, mediaType } = FORMATS[input.format];
    const file =
      input.file === undefined ? await context.scratchFile(extension) : newFile(input.file);
    const reader = await context.ledger();
    const { format, billingAccount } = input;
    const { rows } = await reader.export({ ...window, format, file, billingAccount });
    return {
      format: input.format,
      rows,
      file,
      temporary: input.file === undefined,
      media_type: mediaType,
    };
  },
});

/** Errors: `EXPORT_FILE_EXISTS`. */
function newFile(name: string): string {
  const file = resolve(name);
  if (!existsSync(file)) return file;
  const what = "there is a file of this name already";
  throw new PurserError("EXPORT_FILE_EXISTS", { what, where: name });
}
