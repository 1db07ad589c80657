import { PurserError } from "../base/index.ts";
import { checkDesign } from "../domain/workloads/index.ts";
import { authoredInput, DESIGN_FLAGS } from "./estimate/authored-input.ts";
import { estimateOutput } from "./estimate/estimate-output.ts";
import { estimateInput, estimateOutput as outputSchema } from "./estimate/estimate-schema.ts";
import { type PlaceOf, type ReadyDesign, toDesign } from "./estimate/to-design.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";

export const estimate = defineOperation({
  name: "estimate",
  path: ["estimate"],
  title: "What a design would cost",
  summary:
    "Estimates the bill of a design by day, month and year, with what drives it, on every model.",
  effects: "reads",
  heavy: true,
  standardInput: "design",
  standardInputName: "designName",
  standardInputUnless: DESIGN_FLAGS.filter((name) => name !== "batch"),
  input: estimateInput,
  output: outputSchema,
  examples: [
    {
      says: "a design in a file",
      shell: "purser estimate design.yaml",
      input: {
        design:
          "workloads:\n  - name: chat\n    systemPrompt: 2000\n    message: 200\n    response: 300\n    volume: { callsPerDay: 1000 }\n",
      },
    },
    {
      says: "a design in flags",
      input: {
        model: "claude-haiku-5-5",
        systemTokens: 2_000,
        inputTokens: 200,
        outputTokens: 300,
        callsPerDay: 10_000,
        turns: 10,
      },
    },
    {
      says: "what can wait until tomorrow",
      input: { inputTokens: 4_000, outputTokens: 500, callsPerDay: 50_000, latency: "24h" },
    },
  ],
  async run(input, context) {
    const catalogue = context.catalogue();
    const now = context.clock.now();
    const at = readOptionalMoment(input.at, now, "at") ?? now;
    const { authored, placeOf } = authoredInput(input);
    const ready = toDesign(authored, catalogue, placeOf);
    const warnings = checked(ready, placeOf);
    const { seed, all, brief } = input;
    const output = estimateOutput(ready, { catalogue, at, seed, all, brief });
    if (output === null) throw unpriced(ready);
    return { ...output, warnings: [...warnings] };
  },
});

/** Errors: `DESIGN_IMPOSSIBLE` with every contradiction in `data.issues`. Doubts are returned. */
function checked({ design, modelOf }: ReadyDesign, placeOf: PlaceOf) {
  const found = checkDesign(design, modelOf).map((issue) => ({
    ...issue,
    where: placeOf(["workloads", issue.workload, ...issue.key]),
  }));
  const errors = found.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    throw new PurserError("DESIGN_IMPOSSIBLE", {
      what: `${first.what}${more}`,
      where: first.where,
      mend: first.mend,
      data: { issues: errors.map(({ where, what, mend }) => ({ where, what, mend })) },
    });
  }
  return found.map(({ where, what }) => ({ where, what }));
}

function unpriced({ design, modelOf }: ReadyDesign): PurserError {
  const ways = design.workloads.map(
    (workload) =>
      `${modelOf(workload).id}${workload.batch ? " in batches" : ""}, cache ${workload.cache}`,
  );
  const what = `one of these has no price on that day: ${[...new Set(ways)].join("; ")}`;
  return new PurserError("DESIGN_UNPRICED", { what, where: "model" });
}
