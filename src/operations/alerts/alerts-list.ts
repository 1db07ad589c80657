import { z } from "zod";
import { formatInstant } from "../../base/index.ts";
import { ALERT_KINDS } from "../../stores/contracts/index.ts";
import { defineOperation } from "../operation.ts";
import { count, time } from "../output-values.ts";

const ALERTS_MAX = 500;

export const alertsList = defineOperation({
  name: "alerts-list",
  path: ["alerts", "list"],
  title: "Alerts",
  summary: "Lists the alerts that were raised, newest first, with what became of their webhooks.",
  effects: "reads",
  input: z.strictObject({
    limit: z.int().min(1).max(ALERTS_MAX).default(50).describe("How many at the most."),
  }),
  output: z.object({
    alerts: z.array(
      z.object({
        id: z.string(),
        key: z.string().describe("The same for the same trouble."),
        kind: z.enum(ALERT_KINDS),
        at: time(),
        title: z.string(),
        text: z.string(),
        deliveries: z.array(
          z.object({
            target: z.string(),
            state: z.enum(["waiting", "delivered", "given-up"]),
            attempts: count(),
            last_failure: z.string().nullable(),
          }),
        ),
      }),
    ),
  }),
  examples: [{ says: "the newest", input: {} }],
  async run({ limit }, context) {
    const state = await context.state({ create: true });
    const found = await state.alerts.list(limit);
    return {
      alerts: found.map(({ id, key, kind, at, title, text, deliveries }) => ({
        ...{ id, key, kind, title, text },
        at: formatInstant(at),
        deliveries: deliveries.map(({ target, state: ended, attempts, lastFailure }) => ({
          ...{ target, state: ended, attempts, last_failure: lastFailure },
        })),
      })),
    };
  },
});
