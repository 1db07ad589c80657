/** The commands that start something. Their code is loaded when they run. */
import type { Program } from "../faces/cli/index.ts";

export const PROGRAMS: readonly Program[] = [];
