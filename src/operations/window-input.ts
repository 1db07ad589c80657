/** The fields by which an operation is asked about a stretch of time. */
import { z } from "zod";

const TIME_CHARACTERS_MAX = 40;

export const windowInput = {
  since: z
    .string()
    .max(TIME_CHARACTERS_MAX)
    .optional()
    .describe(
      "From when on: a day, a time with its zone, a distance such as 7d or 24h, today or yesterday.",
    ),
  until: z
    .string()
    .max(TIME_CHARACTERS_MAX)
    .optional()
    .describe("Until when; that moment is not part of it. Now when left out."),
};
