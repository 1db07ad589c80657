import { cost } from "./cost.ts";
import { models } from "./models.ts";
import type { Operation } from "./operation.ts";

/** Every operation, in the order in which help and reference show them. */
export const OPERATIONS: readonly Operation[] = [models, cost];
