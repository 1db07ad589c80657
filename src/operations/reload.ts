import { z } from "zod";
import { defineOperation } from "./operation.ts";

const versions = z.object({
  purser: z.string(),
  config: z.string(),
  prices: z.string(),
  policy: z.string(),
});

export const reload = defineOperation({
  name: "reload",
  path: ["reload"],
  title: "Read the configuration again",
  summary:
    "Has the running Purser take over models, prices, showback and policies from purser.yaml, or says what is wrong with it.",
  effects: "changes",
  input: z.strictObject({}),
  output: z.object({
    result: z.enum(["applied", "unchanged"]),
    versions: versions.describe("What calls run under from now on."),
    versions_before: versions,
    changed: z.array(z.string()).describe("Sections that are otherwise than before."),
    needs_restart: z
      .array(z.string())
      .describe("Settings that changed and are taken over at the next start alone."),
    warnings: z.array(z.string()),
  }),
  examples: [{ says: "after an edit of purser.yaml", input: {} }],
  run: (_input, context) => context.reload(),
});
