/** A call as the step "reserve" sees it, with its worst case reckoned when somebody asks for it. */
import type { Instant } from "../../../base/index.ts";
import type { BudgetedCall, BudgetSubject, WorstNeed } from "../../../domain/budgets/index.ts";
import { type Catalogue, canonicalModel } from "../../../domain/catalogue/index.ts";
import type { Attributes, WorstCase } from "../../../stores/contracts/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import { type ApiVersion, type ReservationQuestion, worstCaseOf } from "../../exchange/index.ts";

export type Arrival = {
  readonly at: Instant;
  /** The prices that the call began under. */
  readonly catalogue: Catalogue;
  readonly body: Buffer;
  readonly request: RequestReading;
  readonly attributes: Attributes;
  readonly version: ApiVersion;
  /** The longest lifetime of cache markers that Purser may come to add. */
  readonly addedLifetime: () => "5m" | "1h" | null;
};

export class ArrivedCall implements BudgetedCall, WorstNeed {
  readonly arrival: Arrival;
  readonly subject: BudgetSubject;
  #worstCase: WorstCase | null = null;

  constructor(arrival: Arrival) {
    this.arrival = arrival;
    const { model } = arrival.request;
    const { attributes, catalogue } = arrival;
    this.subject = {
      ...attributes,
      model: model === null ? null : canonicalModel(catalogue, model),
    };
  }

  get atMs(): number {
    return this.arrival.at;
  }

  get worst(): WorstNeed {
    return this;
  }

  get usd(): WorstNeed["usd"] {
    return this.worstCase.amount;
  }

  get tokens(): bigint | null {
    return tokensOf(this.worstCase);
  }

  get worstCase(): WorstCase {
    this.#worstCase ??= this.#reckon(this.arrival.request);
    return this.#worstCase;
  }

  /** The worst case that the same call would have with another `max_tokens`. */
  worstCaseAt(maxTokens: number): WorstCase {
    const { request } = this.arrival;
    return this.#reckon(request.kind === "request" ? { ...request, maxTokens } : request);
  }

  #reckon(request: RequestReading): WorstCase {
    const { at, body, addedLifetime, catalogue } = this.arrival;
    const inputTokens = this.#worstCase?.inputTokens ?? null;
    return worstCaseOf(
      {
        ...{ request, bodyBytes: body.length, at, inputTokens },
        addedLifetime: addedLifetime(),
      },
      catalogue,
    );
  }
}

/** A call of which no text is kept: it waits for a batch, or an earlier process had let it in. */
export class RecordedCall implements BudgetedCall, WorstNeed {
  readonly subject: BudgetSubject;
  readonly atMs: number;
  readonly worstCase: WorstCase;

  constructor({ at, attributes, model, worstCase }: ReservationQuestion, catalogue: Catalogue) {
    this.atMs = at;
    this.worstCase = worstCase;
    this.subject = {
      ...attributes,
      model: model === null ? null : canonicalModel(catalogue, model),
    };
  }

  get worst(): WorstNeed {
    return this;
  }

  get usd(): WorstNeed["usd"] {
    return this.worstCase.amount;
  }

  get tokens(): bigint | null {
    return tokensOf(this.worstCase);
  }
}

function tokensOf({ inputTokens, outputTokens }: WorstCase): bigint | null {
  return outputTokens === null ? null : BigInt(inputTokens) + BigInt(outputTokens);
}
