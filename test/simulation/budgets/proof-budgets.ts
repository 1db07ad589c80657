/** The budgets of the proof, said twice: for the gateway, and in the auditor's plain words. */
import type { AuthoredBudget } from "../../../src/domain/budgets/index.ts";
import type { AuditedBudget } from "../auditor/index.ts";

const HOUR_MS = 3_600_000;
const CENT = 10n ** 10n;

export const AUTHORED: readonly AuthoredBudget[] = [
  { name: "all", limit: "$0.30", window: "hour" },
  { name: "user", limit: "$0.12", window: "hour", per: "user" },
  { name: "ever", limit: "$1.50", window: "lifetime" },
];

export const AUDITED: readonly AuditedBudget[] = [
  { name: "all", capPicoUsd: 30n * CENT, windowMs: HOUR_MS, perUser: false },
  { name: "user", capPicoUsd: 12n * CENT, windowMs: HOUR_MS, perUser: true },
  { name: "ever", capPicoUsd: 150n * CENT, windowMs: null, perUser: false },
];
