import { PurserError } from "../base/index.ts";
import { readPolicies } from "../config/index.ts";
import type { LedgerReader, Window } from "../stores/contracts/index.ts";
import type { OperationContext } from "./context.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { readWindow } from "./spend-question.ts";
import { runOverLedger, runOverTrace } from "./whatif/run-whatif.ts";
import { checkEndpoints, type PolicySource, toSteps } from "./whatif/to-steps.ts";
import { whatifAnswer } from "./whatif/whatif-output.ts";
import { type WhatifInput, whatifInput, whatifOutput } from "./whatif/whatif-schema.ts";

export const whatif = defineOperation({
  name: "whatif",
  path: ["whatif"],
  title: "What recorded traffic would have cost",
  summary:
    "Reckons recorded traffic under other models, caches, batches, caps, efforts, prompts, prices and volumes.",
  effects: "reads",
  heavy: true,
  localFields: ["trace"],
  standardInput: "policy",
  standardInputName: "policyName",
  standardInputUnless: ["configured"],
  input: whatifInput,
  output: whatifOutput,
  examples: [
    {
      says: "a file of policies over the last week",
      shell: "purser whatif policies.yaml --since 7d",
      input: {
        policy:
          "policies:\n  - name: smaller\n    lever: route\n    match: { endpoints: [chat] }\n    settings: { model: claude-haiku-5-5 }\n",
        since: "7d",
      },
    },
    { says: "the policies of purser.yaml", input: { configured: true, since: "30d" } },
    {
      says: "a recorded trace",
      shell: "purser whatif policies.yaml --trace traffic.jsonl.zst --model claude-opus-5-5",
      input: { policy: "policies: []", trace: "traffic.jsonl.zst", model: "claude-opus-5-5" },
    },
  ],
  async run(input, context) {
    const source = policySource(input, context);
    const { steps, byCaller, warnings } = toSteps(source, context.catalogue());
    const now = context.clock.now();
    if (input.trace !== undefined) {
      const { trace, model } = input;
      const at = readOptionalMoment(input.at, now, "at");
      return whatifAnswer(
        steps,
        await runOverTrace(steps, { trace, model, at }, context),
        warnings,
      );
    }
    const window = readWindow(input, now);
    checkEndpoints(source, await endpointsOf(await context.ledger(), window));
    return whatifAnswer(steps, await runOverLedger({ steps, byCaller }, window, context), warnings);
  },
});

/** Errors: `WHATIF_POLICY_MISSING`, those of `readPolicies`. A list without entries is a question too. */
function policySource(input: WhatifInput, context: OperationContext): PolicySource {
  if (input.policy !== undefined) {
    const { value, placeOf } = readPolicies(input.policyName, input.policy);
    return { policies: value, placeOf };
  }
  const { policies, file } = context.config();
  if (policies.length === 0) {
    const what = "no policies were given, and purser.yaml has none";
    throw new PurserError("WHATIF_POLICY_MISSING", { what });
  }
  return { policies, placeOf: (path) => `${file ?? "purser.yaml"} (${path.join(".")})` };
}

async function endpointsOf(reader: LedgerReader, window: Window): Promise<readonly string[]> {
  const { rows } = await reader.spend({ ...window, by: ["endpoint"], where: [], top: null });
  return rows.flatMap(({ group: [endpoint] }) => (typeof endpoint === "string" ? [endpoint] : []));
}
