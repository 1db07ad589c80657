/**
 * gateway: the port that clients point at instead of the API's.
 *
 * Answers:   every call under /v1/, by carrying it to the upstream; what it counted on the way.
 * Promises:  in `observe`, no byte of a body and no end-to-end header changes; where a policy applies,
 *            cache markers are all that does. No Messages call is forwarded before it is on record;
 *            no successful answer is complete before it is settled.
 * Does not:  price (domain/billing), remember (stores).
 * Start at:  handle-call.ts, then metered-answer.ts; for what is changed, autopilot/.
 */
export {
  type AdmittedCall,
  type Arrival,
  BudgetKeeper,
  type BudgetKeeperOptions,
  type BudgetSettings,
  type CallHold,
  type ChargesSource,
  DEFAULT_BUDGET_SETTINGS,
  loadBalances,
} from "./budgets/index.ts";
export { type GatewayCounters, LATENCY_BOUNDS_MS, type LatencyHistogram } from "./counters.ts";
export type { BudgetGate, GatewayRules } from "./gateway-context.ts";
export { DEFAULT_KEEP_ALIVE_LIMITS, type KeepAliveLimits } from "./keep-alive/index.ts";
export type { GatewayEvent, GatewayLog } from "./log.ts";
export { DEFAULT_GATEWAY_SETTINGS, type GatewaySettings } from "./settings.ts";
export { type GatewayOptions, type RunningGateway, startGateway } from "./start-gateway.ts";
