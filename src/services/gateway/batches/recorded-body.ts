/** The body of a batch on its way, and what came of putting it on record. */
import { PurserError } from "../../../base/index.ts";
import { BATCH_BODY_BYTES_MAX, BATCH_REQUESTS_MAX } from "../../../wire/batches/index.ts";
import type { BatchCreation, ReserveRefusal } from "../../exchange/index.ts";
import type { GatewayContext } from "../gateway-context.ts";

export class RecordedBody {
  /** Whether the upstream has been given all of it. */
  isComplete = false;
  /** Why the rest of it was not forwarded. */
  refusal: ReserveRefusal | null = null;
  readonly #context: GatewayContext;
  readonly #creation: BatchCreation;
  #bytes = 0;
  #isUnmetered = false;

  constructor(context: GatewayContext, creation: BatchCreation) {
    this.#context = context;
    this.#creation = creation;
  }

  async *of(request: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of request) {
      this.#bytes += chunk.length;
      this.#context.counters.requestBytes += chunk.length;
      await this.#record(chunk);
      yield chunk;
    }
    this.isComplete = true;
  }

  async #record(chunk: Buffer): Promise<void> {
    if (this.#isUnmetered) return;
    if (this.#bytes > BATCH_BODY_BYTES_MAX) {
      const what = `the batch is larger than ${BATCH_BODY_BYTES_MAX} bytes`;
      this.#stop({ code: "GATEWAY_BODY_TOO_LARGE", what });
    }
    try {
      await this.#creation.take(chunk);
    } catch (error) {
      if (this.#context.settings.onLedgerFailure !== "pass-unmetered") {
        const what = `a batch's request is not on record: ${reasonOf(error)}`;
        this.#stop({ code: "GATEWAY_LEDGER_REFUSED", what });
      }
      this.#isUnmetered = true;
    }
    const { refusal } = this.#creation;
    if (refusal !== null) this.#stop(refusal);
    if (this.#creation.isTooMany) {
      const what = `the batch has more than ${BATCH_REQUESTS_MAX} requests`;
      this.#stop({ code: "GATEWAY_BODY_TOO_LARGE", what });
    }
  }

  /** What follows is not forwarded, so the upstream never has a whole batch. */
  #stop(refusal: ReserveRefusal): never {
    this.refusal = refusal;
    throw new PurserError(refusal.code, { what: refusal.what });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
