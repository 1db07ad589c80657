/**
 * maintenance: the upkeep that the process with the lock does beside the traffic.
 *
 * Answers:   whether a compaction is due, and what it did.
 * Promises:  runs in an engine's process that lives for the compaction only; one at a time.
 * Does not:  decide the time of day, or keep a timer (the job runner does).
 * Start at:  open-maintenance.ts.
 */
export {
  type LedgerMaintenance,
  type LedgerMaintenanceOptions,
  openLedgerMaintenance,
} from "./open-maintenance.ts";
