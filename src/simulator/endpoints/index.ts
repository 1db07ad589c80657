/**
 * simulator/endpoints: everything that is not a Messages call.
 *
 * Answers:   the models list, and the simulator's own clock and health.
 * Promises:  control endpoints stay under their prefix and out of the call records.
 * Does not:  batches, files, legacy completions: those are a 404.
 * Start at:  models.ts.
 */
export { CONTROL_PREFIX, handleControl } from "./control.ts";
export { handleModels } from "./models.ts";
