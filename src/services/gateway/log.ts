/** What the gateway tells its operator. No header value, no body and no key is ever in it. */
import type { Clock } from "../../base/index.ts";

export type GatewayEvent = {
  readonly level: "info" | "warn" | "error";
  /** A stable name, `<noun>-<action>`. */
  readonly event: string;
  readonly message: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
};

export type GatewayLog = (event: GatewayEvent) => void;

const SAME_EVENT_INTERVAL_MS = 1_000;

/** Passes an event of one name at most once a second, with the number that was held back. */
export function limitedLog(log: GatewayLog, clock: Clock): GatewayLog {
  const last = new Map<string, { atMs: number; heldBack: number }>();
  return (event) => {
    const nowMs = clock.monotonicMs();
    const earlier = last.get(event.event);
    if (earlier !== undefined && nowMs - earlier.atMs < SAME_EVENT_INTERVAL_MS) {
      earlier.heldBack += 1;
      return;
    }
    const heldBack = earlier?.heldBack ?? 0;
    last.set(event.event, { atMs: nowMs, heldBack: 0 });
    log(heldBack === 0 ? event : { ...event, data: { ...event.data, heldBack } });
  };
}
