import { z } from "zod";
import { PurserError } from "../base/index.ts";
import { exchangeOutput, toExchangeOutput } from "./exchange-output.ts";
import { defineOperation } from "./operation.ts";

export const exchange = defineOperation({
  name: "exchange",
  path: ["exchange"],
  title: "One exchange",
  summary: "Shows everything that the ledger knows of one exchange.",
  effects: "reads",
  positional: "id",
  input: z.strictObject({
    id: z.string().min(1).max(100).describe("The id, as a report of the ledger names it: ex_…"),
  }),
  output: exchangeOutput,
  examples: [{ says: "one exchange", input: { id: "ex_01KAPQ7Y3N8R5T2V4W6X8Z0ABC" } }],
  async run(input, context) {
    const found = await (await context.ledger()).exchange(input.id);
    if (found !== null) return toExchangeOutput(found);
    const what = `the ledger holds no exchange ${input.id}`;
    throw new PurserError("EXCHANGE_NOT_FOUND", { what, where: "id" });
  },
});
