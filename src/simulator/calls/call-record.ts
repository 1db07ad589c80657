/** What the simulator remembers of a call: the provider's side of the books. */
import type { JsonObject } from "../../base/index.ts";
import type { FaultKind } from "../faults/index.ts";
import type { SimulatedBill } from "../models/index.ts";

/**
 * `completed`: the whole response was handed to the socket. `rejected`: an error answer that no
 * fault ordered. `faulted`: an ordered error answer, an error event, garbage or a reset. `cut`: an
 * ordered cut. `client-gone`: the client left before the end.
 */
export type CallOutcome = "completed" | "rejected" | "faulted" | "cut" | "client-gone";

/** Which request of which batch a record is about. */
export type BatchItemRef = { readonly batchId: string; readonly customId: string };

export type CallRecord = {
  /** 1 for the first call. */
  readonly sequence: number;
  readonly requestId: string;
  /** Set on the record of a batch's request, which has its usage and its bill. */
  readonly batchItem: BatchItemRef | null;
  /** `msg_…`; `null` where no message began. */
  readonly messageId: string | null;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome: CallOutcome;
  readonly fault: FaultKind | null;
  readonly stream: boolean;
  /** As asked for, and as served (no alias); `null` where no model was reached. */
  readonly requestModel: string | null;
  readonly model: string | null;
  readonly workspace: string | null;
  /** The usage billed, in the wire's shape; `null` where nothing is. */
  readonly usage: JsonObject | null;
  readonly bill: SimulatedBill;
  /** The error's message, for error answers. */
  readonly error: string | null;
  readonly completelySent: boolean;
  readonly requestBytes: number;
  readonly requestSha256: string;
  readonly responseBytes: number;
  /** Of the body as sent, before any compression. */
  readonly responseSha256: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
};
