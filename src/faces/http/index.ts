/**
 * faces/http: the control plane, derived from the catalogue of operations.
 *
 * Answers:   every operation at `/api/…`, the OpenAPI document, `/metrics`, `/healthz`.
 * Promises:  a token on everything but `/healthz`, compared in constant time; only names of its own;
 *            errors as `{error: {code, what, where, mend, data}}`; a fault of ours is a bare 500.
 * Does not:  carry traffic to the upstream, set cookies, allow other origins.
 * Start at:  control-app.ts, then operation-route.ts and guard.ts.
 */
export { createControlApp } from "./control-app.ts";
export type { ControlOptions, Health, WithRequestContext } from "./control-options.ts";
export type { HistogramFamily, MetricFamily, PlainFamily } from "./metrics.ts";
export { openApiDocument } from "./openapi.ts";
export { type OperationRoute, routeOf } from "./operation-route.ts";
export { type ControlPlane, startControl } from "./start-control.ts";
