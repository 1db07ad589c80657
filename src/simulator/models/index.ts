/**
 * simulator/models: the simulated API's own model facts, price table and invoice.
 *
 * Answers:   which model serves a name at a time, and what a call costs to the picodollar.
 * Promises:  exact ids and known aliases only; integers only; nothing from the product's catalogue.
 * Does not:  price batches, Bedrock, Google Cloud, or the ended long-context tiers of 2025.
 * Start at:  model-table.ts, then bill.ts.
 */
export {
  type BillableCall,
  billCall,
  NOTHING_BILLED,
  type SampledTokens,
  type SimulatedBill,
  type SimulatedBillLine,
} from "./bill.ts";
export {
  findModel,
  modelNamed,
  modelsAt,
  type SimulatedModel,
  TOOL_PROMPT_ASSUMED,
} from "./model-table.ts";
