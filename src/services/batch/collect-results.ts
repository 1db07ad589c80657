/** Asks how batches stand, books the results of those that have ended and hands the answers out. */
import type { CallId } from "../../base/index.ts";
import type { BatchRecord, DeferredStatus, UnbookedBatch } from "../../stores/contracts/index.ts";
import type { BatchResult } from "../../wire/batches/index.ts";
import { BatchResults } from "../exchange/index.ts";
import { answerOf } from "./answers.ts";
import type { BatchContext } from "./batch-context.ts";
import type { Desk } from "./deferral-desk.ts";
import type { Primers } from "./primers.ts";

/** Longest line of a batch's results that is read. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
/** The provider keeps results for 29 days ("message batches: limits"). */
const RESULTS_KEPT_MS = 29 * 24 * 3_600_000;

export class ResultCollector {
  readonly #context: BatchContext;
  readonly #desk: Desk;
  readonly #primers: Primers;

  constructor(context: BatchContext, desk: Desk, primers: Primers) {
    this.#context = context;
    this.#desk = desk;
    this.#primers = primers;
  }

  async collect(signal: AbortSignal): Promise<void> {
    const { batches, settings, upstream } = this.#context;
    if (upstream.credential() === null) return;
    for (const unbooked of await batches.unbooked(settings.batchesMax)) {
      if (signal.aborted) return;
      await this.#look(unbooked).catch((error: unknown) => this.#tell(unbooked, error));
    }
  }

  async #look({ record }: UnbookedBatch): Promise<void> {
    const { batch } = record;
    // Batches of a client's own key are theirs to ask for: that key was never kept.
    if (batch === null || !isOurs(record)) return;
    const { clock, upstream } = this.#context;
    if (clock.now() - record.createdAt > RESULTS_KEPT_MS) return;
    const found = await upstream.batch(batch);
    if (found === null) return this.#giveBack(record, new Set());
    if (found.status === "ended") await this.#book(record, batch);
  }

  async #book(record: BatchRecord, batch: string): Promise<void> {
    const { batches, clock, settling, state, upstream, versions, log } = this.#context;
    // A process that died right after its creation was answered had no time to say so.
    await state.submitted(record.creation);
    const seen = new Set<string>();
    const results = new BatchResults(
      { ...this.#context, store: batches, settling: settling(), versions: versions() },
      {
        batch,
        seenBy: { at: clock.now(), attributes: record.attributes },
        lineBytesMax: LINE_BYTES_MAX,
        onBooked: (booked) => this.#answer(booked, seen),
      },
    );
    for await (const piece of upstream.results(batch)) await results.take(piece);
    await results.end();
    await this.#giveBack(record, seen);
    const { booked, unknown, unreadable } = results.counts;
    const message = "the results of a batch were booked";
    const level = unknown + unreadable > 0 ? "warn" : "info";
    log({ level, event: "batch-booked", message, data: { batch, booked, unknown, unreadable } });
  }

  async #answer(results: readonly BatchResult[], seen: Set<string>): Promise<void> {
    const { state } = this.#context;
    for (const result of results) {
      const isTwice = seen.has(result.customId);
      seen.add(result.customId);
      if (isTwice) this.#tellTwice(result.customId);
      const call = isTwice ? null : await state.find(result.customId as CallId);
      if (call !== null) await this.#answerCall(call, result);
    }
  }

  async #answerCall(call: DeferredStatus, result: BatchResult): Promise<void> {
    const { clock, seal, state } = this.#context;
    const answer = answerOf(result);
    const now = clock.now();
    if (result.end.kind === "succeeded") this.#primers.answered(call.id, now);
    if (answer === null) {
      if (call.state === "submitted") await state.releaseOne(call.id);
      return;
    }
    const body = seal.close(Buffer.from(JSON.stringify(answer.body)), call.id);
    const isFirst = await state.answer(call.id, {
      at: now,
      status: answer.status,
      by: "batch",
      body,
    });
    if (isFirst) this.#desk.over(call);
  }

  /** Calls of the batch that have no result wait for the next one. */
  async #giveBack({ creation }: BatchRecord, seen: ReadonlySet<string>): Promise<void> {
    const { state, log } = this.#context;
    const missing = (await state.ofCreation(creation)).filter(
      (call) => call.state === "submitted" && !seen.has(call.id),
    );
    for (const { id } of missing) await state.releaseOne(id);
    if (missing.length === 0) return;
    const message = "a batch has no result for some of its calls; they wait for the next one";
    const data = { creation, calls: missing.length };
    log({ level: "warn", event: "batch-results-missing", message, data });
  }

  #tellTwice(customId: string): void {
    const message = "a batch has two results for one call; the first one stands";
    this.#context.log({ level: "warn", event: "batch-result-twice", message, data: { customId } });
  }

  #tell({ record }: UnbookedBatch, error: unknown): void {
    const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown";
    const message = "a batch could not be looked at; it will be again";
    const data = { batch: record.batch ?? "", reason };
    this.#context.log({ level: "warn", event: "batch-unread", message, data });
  }
}

/** Virtual keys stand for the provider's key, which is Purser's. */
export function isOurs({ attributes }: BatchRecord): boolean {
  return attributes.key?.startsWith("vk_") === true;
}
