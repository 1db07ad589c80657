/**
 * statistics/anomalies: what is too much, by a series' own past or by its peers.
 *
 * Answers:   when a series rose above its past and season; who stands far above all others.
 * Promises:  pure; each slot is judged by what lay before it, so that a month at once and an hour at a
 *            time find the same.
 * Does not:  know money or attributes; look for falls.
 * Start at:  find-incidents.ts.
 */
export { findIncidents, type Incident, type IncidentQuestion } from "./find-incidents.ts";
export { findOutliers, type Outlier } from "./outliers.ts";
