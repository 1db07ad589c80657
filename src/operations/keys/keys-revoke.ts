import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { existingKey, keyField } from "./find-key.ts";
import { keyOutput, toKeyOutput } from "./key-output.ts";

export const keysRevoke = defineOperation({
  name: "keys-revoke",
  path: ["keys", "revoke"],
  title: "End a virtual key",
  summary: "Ends a key for good. Calls on their way go on; new ones are refused within a second.",
  effects: "changes",
  positional: "key",
  input: z.strictObject({ key: keyField }),
  output: keyOutput,
  examples: [{ says: "by its name", input: { key: "support-chat" } }],
  async run(input, context) {
    const now = context.clock.now();
    const state = await context.state();
    const { id } = await existingKey(state, input.key);
    await state.keys.revoke(id, now);
    return toKeyOutput(await existingKey(state, id), now);
  },
});
