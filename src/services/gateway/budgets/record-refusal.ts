/** A call that a budget stopped is on record too, without its prompt: it explains itself afterwards. */
import type { OpenedEntry } from "../../../stores/contracts/index.ts";
import { noAnswer, settleExchange } from "../../exchange/index.ts";
import type { GatewayContext } from "../gateway-context.ts";

/** A ledger that cannot be written keeps no call from being refused. */
export async function recordRefusal(
  { catalogue, clock, ledger, log, settings, showback }: GatewayContext,
  opened: OpenedEntry,
  code: string,
): Promise<void> {
  const entry = settleExchange(
    opened,
    {
      at: clock.now(),
      firstByteAt: null,
      outcome: "refused",
      httpStatus: null,
      requestId: null,
      ownCode: code,
      responseBytes: 0,
      forwarded: false,
      answer: noAnswer(),
    },
    { catalogue, billedAfterCut: settings.billedAfterCut, showback },
  );
  try {
    const written = [ledger.open(opened), ledger.settle(entry)];
    await Promise.all(written);
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
    const message = "a refused call could not be put on record";
    log({ level: "warn", event: "refusal-unrecorded", message, data: { reason } });
  }
}
