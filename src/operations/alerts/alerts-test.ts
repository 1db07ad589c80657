import { z } from "zod";
import { formatInstant } from "../../base/index.ts";
import { makeSendWebhook, type TestResult, testTarget } from "../../services/alerts/index.ts";
import { defineOperation } from "../operation.ts";
import { time } from "../output-values.ts";

const result = z.object({
  target: z.string(),
  arrived: z.boolean(),
  says: z.string().describe("Without the URL, which may hold a secret."),
});

export const alertsTest = defineOperation({
  name: "alerts-test",
  path: ["alerts", "test"],
  title: "Do alerts arrive",
  summary:
    "Sends a test alert to every webhook that is configured, at once, and says what came of it.",
  effects: "changes",
  localOnly: true,
  input: z.strictObject({}),
  output: z.object({ at: time(), results: z.array(result) }),
  examples: [{ says: "to all of them", input: {} }],
  isFinding: ({ results }) => results.some(({ arrived }) => !arrived),
  async run(_, context) {
    const at = context.clock.now();
    const send = makeSendWebhook();
    const results = await Promise.all(
      context.alertTargets().map(async (target): Promise<TestResult> => {
        return testTarget(send, target, { at, signal: context.signal });
      }),
    );
    return { at: formatInstant(at), results: results.map((one) => ({ ...one })) };
  },
});
