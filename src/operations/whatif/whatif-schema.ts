/** What `purser whatif` is asked and answers. */
import { z } from "zod";
import { count, usd } from "../output-values.ts";
import { windowInput } from "../window-input.ts";

const POLICY_CHARACTERS_MAX = 1_048_576;

export const whatifInput = z.strictObject({
  policy: z
    .string()
    .max(POLICY_CHARACTERS_MAX)
    .optional()
    .describe("The policies, in YAML, as in purser.yaml; those of purser.yaml when left out."),
  policyName: z
    .string()
    .max(4_096)
    .default("policy")
    .describe("What messages call them; on a command line, the file's name."),
  configured: z
    .boolean()
    .default(false)
    .describe("Ask about the policies of purser.yaml, and read no other."),
  trace: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .describe("A trace file in place of the ledger, plain or compressed."),
  model: z.string().max(300).optional().describe("The model of a trace."),
  at: z.string().max(40).optional().describe("The day whose prices hold for a trace."),
  ...windowInput,
});

const range = z
  .object({ low_usd: usd(), high_usd: usd() })
  .nullable()
  .describe("Every uncertain figure at one end, then at the other; null where none is uncertain.");

const prediction = z.object({
  endpoint: z.string().nullable(),
  model: z.string(),
  calls: count(),
  off: z.number().describe("Predicted cost of the prompts over what was billed, less one."),
  trusted: z.boolean().describe("Whether it is within 1%."),
});

export const whatifOutput = z.object({
  source: z.string().describe("The trace's name, or ledger."),
  calls: count(),
  without_bill: count().describe("Exchanges of the window that have no measured, final bill."),
  past: z.object({
    usd: usd().describe("What the ledger has for these calls."),
    repriced_exactly: count().describe("Calls whose usage at the catalogue's prices is the bill."),
    kept: count().describe(
      "Bills that stay as they are: several samplings, refusals, unknown models.",
    ),
    repriced_otherwise: z.array(
      z.object({
        endpoint: z.string().nullable(),
        model: z.string(),
        calls: count(),
        usd: usd(),
        repriced_usd: usd(),
      }),
    ),
    checked_calls: count().describe(
      "Calls whose cache use was predicted, to see how far to trust it.",
    ),
    predictions: z.array(prediction),
    trust: z.string(),
  }),
  steps: z.array(
    z.object({
      policy: z.string(),
      lever: z.string(),
      matched: count(),
      changed: count(),
      answers_cut: count().describe("Answers that a cap cuts short."),
      not_applied: z.record(z.string(), z.int()).describe("Calls it left as they were, by reason."),
      saving_usd: usd(),
      interval: range,
      after_usd: usd().describe("What all calls come to after this step."),
    }),
  ),
  total: z.object({ before_usd: usd(), after_usd: usd(), saving_usd: usd(), interval: range }),
  covers: z.array(z.string()).describe("What the intervals cover."),
  warnings: z.array(z.string()),
  assumed: z.array(z.string()),
});
export type WhatifInput = z.output<typeof whatifInput>;
export type WhatifOutput = z.output<typeof whatifOutput>;
