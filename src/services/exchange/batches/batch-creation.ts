/**
 * A batch on its way to the provider: its requests are put on record as their bytes pass, and
 * settled when the provider has answered.
 */
import { type CallId, type Instant, isJsonObject, newCallId } from "../../../base/index.ts";
import type {
  Attributes,
  BatchStore,
  LedgerWriter,
  OpenedEntry,
  WorstCase,
} from "../../../stores/contracts/index.ts";
import {
  type BatchItem,
  type BatchScanEnd,
  createBatchRequestsScanner,
  readBatchItem,
} from "../../../wire/batches/index.ts";
import { readMessagesRequest } from "../../../wire/messages/index.ts";
import {
  type ApiVersion,
  type Opening,
  type OpeningContext,
  openExchange,
} from "../open-exchange.ts";
import type { PromptTree } from "../prompt-tree.ts";
import { worstCaseOf } from "../worst-case.ts";
import type {
  BatchReservations,
  Reservation,
  ReservationQuestion,
  ReserveRefusal,
} from "./reservations.ts";
import { settleItemsOf } from "./settle-items.ts";

/** Requests that are written down together. */
const ITEMS_TOGETHER = 500;

export type BatchCreationContext = OpeningContext & {
  readonly ledger: LedgerWriter;
  readonly store: BatchStore;
  readonly prompts: PromptTree;
  /** What is set aside until the results are seen. */
  readonly reservations: BatchReservations;
};

export type BatchCreationQuestion = {
  readonly at: Instant;
  readonly version: ApiVersion;
  /**
   * Of one request, by its `metadata.user_id` and its id; with `null` for both, of the call that
   * creates the batch.
   */
  readonly attributesOf: (metadataUserId: string | null, customId: string | null) => Attributes;
  /** The call that a request is an attempt of; `null` begins a new one. */
  readonly callOf: (customId: string) => CallId | null;
  readonly itemBytesMax: number;
  readonly itemsMax: number;
  /** What was set aside for a request before; `null` sets it aside now. */
  readonly reservedFor?: (customId: string) => Reservation | null;
};

/** How the call that creates a batch ended. */
export type CreationEnd =
  | { readonly kind: "created"; readonly batch: string; readonly requestId: string | null }
  | {
      readonly kind: "refused";
      readonly httpStatus: number;
      readonly errorType: string | null;
      readonly requestId: string | null;
    }
  /** The provider was sent nothing, or not all of it. */
  | { readonly kind: "not-sent"; readonly reason: string }
  /** It was sent, and nobody knows whether a batch was made. */
  | { readonly kind: "unknown"; readonly reason: string };

/** What settling needs of an opened request; its prompt is let go. */
export type OpenItem = Pick<OpenedEntry, "exchange" | "worstCase">;

export class BatchCreation {
  readonly call: CallId;
  readonly #context: BatchCreationContext;
  readonly #question: BatchCreationQuestion;
  readonly #scanner;
  readonly #open: OpenItem[] = [];
  #unreadable: string | null = null;
  #refusal: ReserveRefusal | null = null;

  constructor(context: BatchCreationContext, question: BatchCreationQuestion) {
    this.#context = context;
    this.#question = question;
    this.#scanner = createBatchRequestsScanner(question);
    this.call = newCallId(question.at, context.fillRandom);
  }

  /** Requests on record so far. */
  get size(): number {
    return this.#open.length;
  }

  /** Why a budget does not take one of the requests; then none of the rest may be sent. */
  get refusal(): ReserveRefusal | null {
    return this.#refusal;
  }

  get isTooMany(): boolean {
    return this.#open.length > this.#question.itemsMax;
  }

  /** Before the first byte is forwarded. */
  async begin(): Promise<void> {
    const { at, attributesOf } = this.#question;
    const attributes = attributesOf(null, null);
    await this.#context.store.begin({
      creation: this.call,
      batch: null,
      createdAt: at,
      attributes,
    });
  }

  /** Puts the requests that end within these bytes on record; only then may the bytes go on. */
  async take(chunk: Buffer): Promise<void> {
    const items = this.#scanner.feed(chunk);
    for (let from = 0; from < items.length && this.#goesOn; from += ITEMS_TOGETHER) {
      await this.#record(items.slice(from, from + ITEMS_TOGETHER));
    }
  }

  get #goesOn(): boolean {
    return !this.isTooMany && this.#refusal === null;
  }

  /** What the body turned out to be; call once it has ended. */
  scanned(): BatchScanEnd {
    const end = this.#scanner.end();
    if (end.kind === "unreadable" || this.#unreadable === null) return end;
    return { kind: "unreadable", reason: this.#unreadable };
  }

  /** Settles every request, and remembers whose results to expect. */
  async end(end: CreationEnd, at: Instant): Promise<void> {
    const { ledger, store, reservations } = this.#context;
    for (let from = 0; from < this.#open.length; from += ITEMS_TOGETHER) {
      const items = this.#open.slice(from, from + ITEMS_TOGETHER);
      await Promise.all(
        settleItemsOf(items, end, at).map((entry) => {
          const recorded = ledger.settle(entry);
          // What is in a batch, or may be, stays set aside until its result is seen.
          return end.kind === "created" || end.kind === "unknown"
            ? recorded
            : reservations.settle(entry, recorded);
        }),
      );
    }
    if (end.kind === "created") await store.name(this.call, end.batch);
    if (end.kind === "refused" || end.kind === "not-sent") await store.forget(this.call);
  }

  async #record(bytes: readonly Buffer[]): Promise<void> {
    const { ledger, prompts, store } = this.#context;
    const opened: { readonly customId: string; readonly entry: OpenedEntry }[] = [];
    for (const item of bytes) {
      if (this.#refusal === null) opened.push(...this.#openItem(item));
    }
    await Promise.all(opened.map(({ entry }) => ledger.open(entry)));
    await store.addItems(
      this.call,
      opened.map(({ customId, entry }) => ({
        customId,
        exchange: entry.exchange,
        modelAsked: entry.modelAsked,
        maxTokens: entry.maxTokens,
        user: entry.attributes.user,
        worstCase: entry.worstCase,
      })),
    );
    for (const { entry } of opened) {
      prompts.remember(entry.prompt);
      this.#open.push({ exchange: entry.exchange, worstCase: entry.worstCase });
    }
  }

  #openItem(bytes: Buffer): readonly { readonly customId: string; readonly entry: OpenedEntry }[] {
    const item = readBatchItem(bytes);
    if (item.kind === "unreadable") {
      this.#unreadable ??= item.reason;
      return [];
    }
    const { at, version } = this.#question;
    const request = readMessagesRequest(item.params, { ...version, byteLength: Buffer.byteLength });
    const attributes = this.#attributesOf(item);
    const worstCase = worstCaseOf(
      {
        ...{ request, bodyBytes: bytes.length, at },
        ...{ addedLifetime: null, serviceTier: "batch" },
      },
      this.#context.catalogue,
    );
    const { model } = request;
    const reserved = this.#reserve(item, { at, attributes, model, worstCase });
    if (reserved === null) return [];
    const read = { request, attributes, worstCase, requestBytes: bytes.length };
    const entry = this.#entryOf(item, read);
    this.#context.reservations.hold(entry.exchange, reserved);
    return [{ customId: item.customId, entry }];
  }

  #reserve({ customId }: BatchItem, asked: ReservationQuestion): Reservation | null {
    const before = this.#question.reservedFor?.(customId) ?? null;
    if (before !== null) return before;
    const outcome = this.#context.reservations.gate.reserve(asked);
    if (outcome.kind === "reserved") return outcome.reservation;
    this.#refusal = outcome.refusal;
    return null;
  }

  #attributesOf({ customId, params }: BatchItem): Attributes {
    const metadata = isJsonObject(params.metadata) ? params.metadata.user_id : null;
    return this.#question.attributesOf(typeof metadata === "string" ? metadata : null, customId);
  }

  #entryOf({ customId }: BatchItem, read: ReadItem): OpenedEntry {
    const { at, version, callOf } = this.#question;
    return openExchange(
      {
        ...{ at, version, path: "/v1/messages/batches", ...read, call: callOf(customId) },
        prompt: this.#context.prompts.place(read.request),
        decisions: [`batch-item ${customId}`],
        ...{ arm: null, addedLifetime: null, serviceTier: "batch" },
      },
      this.#context,
    );
  }
}

type ReadItem = Pick<Opening, "request" | "attributes" | "requestBytes"> & {
  readonly worstCase: WorstCase;
};
