import { z } from "zod";
import { PurserError } from "../../base/index.ts";
import type { StateStore, VirtualKey } from "../../stores/contracts/index.ts";

export const keyField = z
  .string()
  .min(1)
  .max(100)
  .describe("Its name, or its id: vk_….")
  .refine((text) => !text.startsWith("purser_"), "is a key itself; give its name or its id");

/** Errors: `KEY_NOT_FOUND`. */
export async function existingKey(state: StateStore, idOrName: string): Promise<VirtualKey> {
  const key = await state.keys.find(idOrName);
  if (key !== null) return key;
  throw new PurserError("KEY_NOT_FOUND", {
    what: `no virtual key has the id or name "${idOrName}"`,
    where: "key",
  });
}
