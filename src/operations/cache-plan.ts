import { PurserError } from "../base/index.ts";
import { planFromEndpoint } from "./cache/plan/endpoint-output.ts";
import { planInput, planOutput } from "./cache/plan/plan-schema.ts";
import { planFromRequest } from "./cache/plan/request-output.ts";
import { defineOperation } from "./operation.ts";

export const cachePlan = defineOperation({
  name: "cache-plan",
  path: ["cache", "plan"],
  title: "Where to put cache markers",
  summary:
    "Plans the prompt cache for a request file or for an endpoint's recorded traffic, with the saving and the edit.",
  effects: "reads",
  heavy: true,
  standardInput: "request",
  standardInputUnless: ["endpoint"],
  input: planInput,
  output: planOutput,
  examples: [
    {
      says: "a request, as it was saved",
      shell: "purser cache plan request.json --calls-per-month 50000",
      input: {
        request:
          '{"model":"claude-opus-5-5","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}',
        callsPerMonth: 50_000,
      },
    },
    {
      says: "an endpoint's traffic of the last two weeks, with what was learned",
      input: { endpoint: "support-chat", since: "14d", explain: true },
    },
  ],
  async run(asked, context) {
    if (asked.endpoint !== undefined && asked.request !== undefined) {
      const what = "a request and an endpoint were both given";
      throw new PurserError("CACHE_SOURCE_AMBIGUOUS", { what, where: "endpoint" });
    }
    return asked.endpoint === undefined
      ? planFromRequest(asked, context)
      : planFromEndpoint(asked, asked.endpoint, context);
  },
});
