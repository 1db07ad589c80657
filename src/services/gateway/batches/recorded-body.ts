/** The body of a batch on its way, and what came of putting it on record. */
import { PurserError } from "../../../base/index.ts";
import { BATCH_BODY_BYTES_MAX, BATCH_REQUESTS_MAX } from "../../../wire/batches/index.ts";
import type { BatchCreation } from "../../exchange/index.ts";
import type { GatewayContext } from "../gateway-context.ts";

export class RecordedBody {
  /** Whether the upstream has been given all of it. */
  isComplete = false;
  /** Why the rest of it was not forwarded. */
  refusal: PurserError | null = null;
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
      this.#stop(
        "GATEWAY_BODY_TOO_LARGE",
        `the batch is larger than ${BATCH_BODY_BYTES_MAX} bytes`,
      );
    }
    try {
      await this.#creation.take(chunk);
    } catch (error) {
      if (this.#context.settings.onLedgerFailure !== "pass-unmetered") {
        this.#stop(
          "GATEWAY_LEDGER_REFUSED",
          `a batch's request is not on record: ${reasonOf(error)}`,
        );
      }
      this.#isUnmetered = true;
    }
    if (this.#creation.isTooMany) {
      const what = `the batch has more than ${BATCH_REQUESTS_MAX} requests`;
      this.#stop("GATEWAY_BODY_TOO_LARGE", what);
    }
  }

  #stop(code: "GATEWAY_BODY_TOO_LARGE" | "GATEWAY_LEDGER_REFUSED", what: string): never {
    this.refusal = new PurserError(code, { what });
    throw this.refusal;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
