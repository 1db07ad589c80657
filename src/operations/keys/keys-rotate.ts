import { z } from "zod";
import { instant } from "../../base/index.ts";
import { readMoment } from "../moment.ts";
import { defineOperation } from "../operation.ts";
import { existingKey, keyField } from "./find-key.ts";
import { keyOutput, secretOutput, toKeyOutput } from "./key-output.ts";
import { mintSecret } from "./mint-secret.ts";

export const keysRotate = defineOperation({
  name: "keys-rotate",
  path: ["keys", "rotate"],
  title: "Give a virtual key a new secret",
  summary: "Makes a new secret for a key; the old one holds for a while longer.",
  effects: "changes",
  positional: "key",
  input: z.strictObject({
    key: keyField,
    overlap: z
      .string()
      .regex(/^\d{1,4}[mhdw]$/, "is not a distance such as 24h")
      .default("24h")
      .describe("How long the secrets before it still hold; 0m ends them at once."),
  }),
  output: z.object({ secret: secretOutput, key: keyOutput }),
  examples: [
    { says: "and leave a day to replace the old one", input: { key: "support-chat" } },
    { says: "and end the old one at once", input: { key: "support-chat", overlap: "0m" } },
  ],
  async run(input, context) {
    const now = context.clock.now();
    const state = await context.state();
    const { id } = await existingKey(state, input.key);
    const { text, secret } = mintSecret(context.fillRandom, now);
    const overlapMs = now - readMoment(input.overlap, now, "overlap");
    await state.keys.rotate(id, secret, instant(now + overlapMs));
    return { secret: text, key: toKeyOutput(await existingKey(state, id), now) };
  },
});
