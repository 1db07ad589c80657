/** Results of a batch on their way to whoever asked: each is booked when it is first seen. */
import {
  estimatedTokenCount,
  type FillRandom,
  type Instant,
  newCallId,
  newExchangeId,
} from "../../../base/index.ts";
import type {
  Attributes,
  BatchItemRecord,
  BatchItemState,
  BatchRecord,
  BatchStore,
  LedgerWriter,
  OpenedEntry,
  Versions,
} from "../../../stores/contracts/index.ts";
import {
  type BatchResult,
  createLineSplitter,
  type LineSplitter,
  readResultLine,
} from "../../../wire/batches/index.ts";
import type { SettlingContext } from "../settle-exchange.ts";
import { bookingOf } from "./book-result.ts";
import type { BatchReservations } from "./reservations.ts";

/** Lines that are booked together. */
const LINES_TOGETHER = 500;

export type BatchResultsContext = {
  readonly ledger: LedgerWriter;
  readonly store: BatchStore;
  readonly settling: SettlingContext;
  readonly reservations: BatchReservations;
  readonly versions: Versions;
  readonly fillRandom: FillRandom;
};

/** Who fetched the results: for batches that were created elsewhere, they are booked to it. */
export type SeenBy = { readonly at: Instant; readonly attributes: Attributes };

export type BatchResultsQuestion = {
  readonly batch: string;
  readonly seenBy: SeenBy;
  readonly lineBytesMax: number;
  /** Told of results once they are booked, those that were booked before as well. */
  readonly onBooked?: (results: readonly BatchResult[]) => Promise<void>;
};

/** What was found in the results. */
export type BookedResults = {
  booked: number;
  /** Seen, and booked before. */
  again: number;
  /** In no batch that Purser saw being created. */
  unknown: number;
  unreadable: number;
};

export class BatchResults {
  readonly counts: BookedResults = { booked: 0, again: 0, unknown: 0, unreadable: 0 };
  readonly #context: BatchResultsContext;
  readonly #question: BatchResultsQuestion;
  readonly #splitter: LineSplitter;
  #record: BatchRecord | null = null;

  constructor(context: BatchResultsContext, question: BatchResultsQuestion) {
    this.#context = context;
    this.#question = question;
    this.#splitter = createLineSplitter(question.lineBytesMax);
  }

  /** Books the results whose lines end within these bytes; resolves when that is on the disk. */
  async take(chunk: Buffer): Promise<void> {
    await this.#bookLines(this.#splitter.feed(chunk));
  }

  async end(): Promise<void> {
    const last = this.#splitter.end();
    if (last !== undefined) await this.#bookLines([last]);
  }

  async #bookLines(lines: readonly (Buffer | null)[]): Promise<void> {
    const results: BatchResult[] = [];
    for (const line of lines) {
      if (line?.length === 0) continue;
      const reading = line === null ? UNREADABLE : readResultLine(line);
      if (reading.kind === "result") results.push(reading);
      else this.counts.unreadable += 1;
    }
    for (let from = 0; from < results.length; from += LINES_TOGETHER) {
      await this.#book(results.slice(from, from + LINES_TOGETHER));
    }
  }

  async #book(results: readonly BatchResult[]): Promise<void> {
    const { store } = this.#context;
    const record = await this.#recordFor(results);
    const ids = results.map(({ customId }) => customId);
    const known = await store.items(record.creation, ids);
    const strangers = results.filter(({ customId }) => !known.has(customId));
    if (strangers.length > 0) await this.#bookStrangers(record, strangers);
    const due = results.flatMap((result) => {
      const item = known.get(result.customId);
      if (item?.booked === true) this.counts.again += 1;
      return item === undefined || item.booked ? [] : [{ result, item }];
    });
    await this.#correct(record, due);
    await this.#question.onBooked?.(results);
  }

  async #correct(record: BatchRecord, due: readonly Due[]): Promise<void> {
    const { ledger, store, settling, reservations } = this.#context;
    const { at } = this.#question.seenBy;
    const entries = due.map(({ result, item }) =>
      bookingOf({ record, item, result, at }, settling),
    );
    await Promise.all(entries.map((entry) => reservations.settle(entry, ledger.correct(entry))));
    await store.booked(
      record.creation,
      due.map(({ item }) => item.customId),
    );
    this.counts.booked += due.length;
  }

  /** The creation that these results belong to; one is made for a batch that came from elsewhere. */
  async #recordFor(results: readonly BatchResult[]): Promise<BatchRecord> {
    this.#record ??= await this.#findRecord(results[0]?.customId ?? "");
    return this.#record;
  }

  async #findRecord(customId: string): Promise<BatchRecord> {
    const { store, fillRandom } = this.#context;
    const { batch, seenBy } = this.#question;
    const named = await store.find(batch);
    if (named !== null) return named;
    const lost = await store.findUnnamed(seenBy.attributes.key, customId);
    if (lost !== null) {
      await store.name(lost.creation, batch);
      return { ...lost, batch };
    }
    const creation = newCallId(seenBy.at, fillRandom);
    const record = { creation, batch, createdAt: seenBy.at, attributes: seenBy.attributes };
    await store.begin(record);
    return record;
  }

  /**
   * Requests that Purser did not see being sent. They are remembered first: were this process to die
   * before they are in the ledger, the next look corrects what may or may not be there.
   */
  async #bookStrangers(record: BatchRecord, results: readonly BatchResult[]): Promise<void> {
    const { ledger, store, settling, fillRandom } = this.#context;
    const { at } = this.#question.seenBy;
    const due = results.map((result) => {
      const exchange = newExchangeId(at, fillRandom);
      return { result, item: { ...STRANGER, customId: result.customId, exchange, booked: false } };
    });
    await store.addItems(
      record.creation,
      due.map(({ item }) => item),
    );
    await Promise.all(due.map(({ item }) => ledger.open(this.#openedOf(record, item))));
    await Promise.all(
      due.map(({ result, item }) => {
        const { reason: _reason, ...entry } = bookingOf({ record, item, result, at }, settling);
        return ledger.settle({ ...entry, kind: "settled" });
      }),
    );
    await store.booked(
      record.creation,
      due.map(({ item }) => item.customId),
    );
    this.counts.unknown += due.length;
  }

  #openedOf(record: BatchRecord, item: BatchItemRecord): OpenedEntry {
    const { fillRandom, versions } = this.#context;
    const { at } = this.#question.seenBy;
    return {
      kind: "opened",
      exchange: item.exchange,
      call: newCallId(at, fillRandom),
      at: record.createdAt,
      path: "/v1/messages/batches",
      ...{ modelAsked: null, stream: false, maxTokens: null, requestBytes: 0 },
      attributes: record.attributes,
      settings: SETTINGS_UNSEEN,
      ...{ prompt: null, prefixBreak: null, worstCase: item.worstCase, versions },
      decisions: [`batch-item ${item.customId}`, "sent-elsewhere"],
      arm: null,
    };
  }
}

type Due = { readonly result: BatchResult; readonly item: BatchItemState };

const UNREADABLE = { kind: "unreadable" } as const;

const STRANGER = {
  ...{ modelAsked: null, maxTokens: null, user: null },
  worstCase: { inputTokens: estimatedTokenCount(0), outputTokens: null, amount: null },
};

const SETTINGS_UNSEEN: OpenedEntry["settings"] = {
  ...{ apiVersion: null, betas: [], serviceTier: null, speed: null, inferenceGeo: null },
  ...{ thinking: null, effort: null, toolChoice: null, hasImages: false },
};
