/** The shapes that outputs share. Amounts are texts, because a JSON number would round them. */
import { z } from "zod";

/** An exact amount in dollars: `"0.00405"`. */
export const usd = () =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .describe("US dollars as an exact decimal.");

export const time = () => z.string().describe("UTC, ISO 8601.");

export const count = () => z.int().min(0);
