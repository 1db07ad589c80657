/** A call that goes no further: counted, and answered in the API's own shape. */
import type { ServerResponse } from "node:http";
import type { GatewayContext } from "./gateway-context.ts";
import { type Refusal, refuse } from "./refuse.ts";

/** `closes` ends the connection after it, for when the rest of the request was not read. */
export function refuseCall(
  { counters }: GatewayContext,
  response: ServerResponse,
  refusal: Omit<Refusal, "exchange"> & Partial<Pick<Refusal, "exchange">>,
  closes = false,
): void {
  counters.refusal(refusal.code);
  refuse(response, { exchange: null, ...refusal }, closes);
}
