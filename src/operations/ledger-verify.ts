import { z } from "zod";
import { defineOperation } from "./operation.ts";
import { count } from "./output-values.ts";

export const ledgerVerify = defineOperation({
  name: "ledger-verify",
  path: ["ledger", "verify"],
  title: "Is the ledger sound",
  summary: "Checks every file of the ledger: framing, checksums, and that every bill adds up.",
  effects: "reads",
  input: z.strictObject({}),
  output: z.object({
    sound: z.boolean(),
    files_checked: count(),
    entries_checked: count(),
    exchanges: count(),
    findings: z.array(
      z.object({
        severity: z.enum(["error", "repaired", "notice"]),
        code: z.string(),
        file: z.string(),
        offset: z.int().nullable(),
        message: z.string(),
      }),
    ),
  }),
  examples: [{ says: "check everything; ends with 1 when something is wrong", input: {} }],
  isFinding: (output) => !output.sound,
  async run(_input, context) {
    const answer = await (await context.ledger()).verify();
    return {
      sound: answer.sound,
      files_checked: answer.filesChecked,
      entries_checked: answer.entriesChecked,
      exchanges: answer.exchanges,
      findings: answer.findings.map((finding) => ({ ...finding })),
    };
  },
});
