/**
 * Creations without an answer: the process died, or the answer was lost. The API has no idempotency
 * key, so a batch that was made all the same is looked for in the list: made since, with as many
 * requests, and not known to be another. Its results, once there, tell for certain by their ids.
 */
import type { CallId } from "../../base/index.ts";
import type { UnbookedBatch } from "../../stores/contracts/index.ts";
import { type BatchObject, createLineSplitter, readResultLine } from "../../wire/batches/index.ts";
import { settleUnmade } from "../exchange/index.ts";
import type { BatchContext } from "./batch-context.ts";
import { isOurs } from "./collect-results.ts";

/** Batches of the list that are looked at: the provider lists the newest first. */
const LISTED_MAX = 1_000;
/** Creations that are looked for in one round. */
const UNNAMED_READ_MAX = 200;
/** The provider's clock may be behind ours by so much. */
const SKEW_MS = 60_000;
/** A client may still be sending one of its own; nobody sends for so long. */
const CLIENT_SENDING_MS_MAX = 2 * 3_600_000;
const LINE_BYTES_MAX = 64 * 1024 * 1024;

export class LostCreations {
  readonly #context: BatchContext;
  /** Creations that this process is sending right now. */
  readonly #isSending: (creation: CallId) => boolean;

  constructor(context: BatchContext, isSending: (creation: CallId) => boolean) {
    this.#context = context;
    this.#isSending = isSending;
  }

  async find(signal: AbortSignal): Promise<void> {
    const { batches, upstream } = this.#context;
    if (upstream.credential() === null) return;
    const unnamed = (await batches.unnamed(UNNAMED_READ_MAX)).filter(
      ({ record }) => isOurs(record) && !this.#isSending(record.creation),
    );
    if (unnamed.length === 0) return;
    const listed = await upstream.batches(LISTED_MAX);
    for (const lost of unnamed) {
      if (signal.aborted) return;
      await this.#findOne(lost, listed);
    }
  }

  async #findOne({ record, items }: UnbookedBatch, listed: readonly BatchObject[]): Promise<void> {
    const { batches, clock, settings, state } = this.#context;
    const { creation, createdAt } = record;
    const candidates = items === 0 ? [] : await this.#candidates(listed, createdAt, items);
    for (const candidate of candidates) {
      if (candidate.status !== "ended" || !(await this.#isOf(candidate, creation))) continue;
      await batches.name(creation, candidate.id);
      await state.submitted(creation);
      return;
    }
    const isBeingMade = candidates.some(({ status }) => status !== "ended");
    const isDeferral = (await state.ofCreation(creation)).length > 0;
    const patienceMs = isDeferral ? settings.unsureMs : CLIENT_SENDING_MS_MAX;
    if (isBeingMade || clock.now() - createdAt < patienceMs) return;
    await this.#giveUp(creation);
  }

  async #candidates(
    listed: readonly BatchObject[],
    createdAt: number,
    size: number,
  ): Promise<readonly BatchObject[]> {
    const { batches } = this.#context;
    const candidates: BatchObject[] = [];
    for (const batch of listed) {
      const { processing, succeeded, errored, canceled, expired } = batch.counts;
      const hasSize = processing + succeeded + errored + canceled + expired === size;
      const isSince = Date.parse(batch.createdAt ?? "") >= createdAt - SKEW_MS;
      if (hasSize && isSince && (await batches.find(batch.id)) === null) candidates.push(batch);
    }
    return candidates;
  }

  /** Whether its results are those of the creation; the first line tells. */
  async #isOf(batch: BatchObject, creation: CallId): Promise<boolean> {
    const { batches, upstream } = this.#context;
    const splitter = createLineSplitter(LINE_BYTES_MAX);
    for await (const piece of upstream.results(batch.id)) {
      const [line] = splitter.feed(piece);
      const reading = line === undefined || line === null ? null : readResultLine(line);
      if (reading === null) continue;
      if (reading.kind !== "result") return false;
      return (await batches.items(creation, [reading.customId])).size > 0;
    }
    return false;
  }

  /** No batch was made: its requests cost nothing, and its calls wait for the next one. */
  async #giveUp(creation: CallId): Promise<void> {
    const { batches, clock, ledger, state, log } = this.#context;
    const items = await batches.allItems(creation);
    await Promise.all(settleUnmade(items, clock.now()).map((entry) => ledger.correct(entry)));
    await batches.forget(creation);
    await state.release(creation);
    const message = "a creation without an answer left no batch; its calls wait for the next one";
    log({ level: "warn", event: "batch-not-made", message, data: { calls: items.length } });
  }
}
