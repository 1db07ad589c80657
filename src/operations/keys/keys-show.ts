import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { existingKey, keyField } from "./find-key.ts";
import { keyOutput, toKeyOutput } from "./key-output.ts";

export const keysShow = defineOperation({
  name: "keys-show",
  path: ["keys", "show"],
  title: "One virtual key",
  summary: "Shows everything that is known of a virtual key; its secret is not.",
  effects: "reads",
  positional: "key",
  input: z.strictObject({ key: keyField }),
  output: keyOutput,
  examples: [{ says: "by its name", input: { key: "support-chat" } }],
  async run(input, context) {
    const key = await existingKey(await context.state(), input.key);
    return toKeyOutput(key, context.clock.now());
  },
});
