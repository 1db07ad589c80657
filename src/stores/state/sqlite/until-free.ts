import { setTimeout } from "node:timers/promises";
import { PurserError } from "../../../base/index.ts";

const TRY_EVERY_MS = 10;
const TRIES_MAX = 200;

/**
 * Tries again while another process writes. SQLite's own waiting would hold up this whole process,
 * and the calls it carries.
 *
 * Errors: `STATE_BUSY` after two seconds, those of `work`.
 */
export async function untilFree<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof PurserError && error.code === "STATE_BUSY";
      if (!isBusy || tries >= TRIES_MAX) throw error;
    }
    await setTimeout(TRY_EVERY_MS);
  }
}
