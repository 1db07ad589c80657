import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { keyOutput, toKeyOutput } from "./key-output.ts";

export const keysList = defineOperation({
  name: "keys-list",
  path: ["keys", "list"],
  title: "Virtual keys",
  summary: "Lists the virtual keys, newest first, without their secrets.",
  effects: "reads",
  input: z.strictObject({
    all: z.boolean().default(false).describe("Those too that are revoked or expired."),
  }),
  output: z.object({ keys: z.array(keyOutput) }),
  examples: [
    { says: "the keys that hold", input: {} },
    { says: "every key that ever was", input: { all: true } },
  ],
  async run({ all }, context) {
    const now = context.clock.now();
    const keys = (await (await context.state()).keys.list()).map((key) => toKeyOutput(key, now));
    return { keys: keys.filter((key) => all || key.status === "active") };
  },
});
