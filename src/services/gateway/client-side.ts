/**
 * The client's side of one answer: bytes go out in order, some of them only when they may. Pauses
 * the upstream while the client is slow, and gives up on a client that stays so.
 *
 * Promises: nothing beyond what was released ever leaves; what is released leaves at once.
 */
import type { ServerResponse } from "node:http";

/** Bytes that may wait for their release before the upstream is paused. */
const HELD_BYTES_MAX = 1024 * 1024;

export type Flow = { readonly pause: () => void; readonly resume: () => void };

export class ClientSide {
  readonly response: ServerResponse;
  readonly #stallMs: number;
  readonly #flow: Flow;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Offset in the answer of the first byte that is still held. */
  #releasedBytes = 0;
  #isPaused = false;
  #isDraining = false;
  #stallTimer: NodeJS.Timeout | null = null;

  constructor(response: ServerResponse, flow: Flow, stallMs: number) {
    this.response = response;
    this.#flow = flow;
    this.#stallMs = stallMs;
  }

  get releasedBytes(): number {
    return this.#releasedBytes;
  }

  begin(status: number, statusText: string, headers: readonly string[]): void {
    this.response.sendDate = false;
    this.response.writeHead(status, statusText, [...headers]);
  }

  /** Sends the head alone, when no byte of the body came with it. */
  flushHead(): void {
    if (!this.response.destroyed && !this.response.writableEnded) this.response.flushHeaders();
  }

  hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.#pause();
  }

  /** Lets everything before `offset` go; an offset that was passed already changes nothing. */
  releaseUpTo(offset: number): void {
    while (this.#releasedBytes < offset) {
      const chunk = this.#held[0];
      if (chunk === undefined) break;
      const wanted = offset - this.#releasedBytes;
      if (chunk.length <= wanted) this.#held.shift();
      else this.#held[0] = chunk.subarray(wanted);
      this.#write(chunk.length <= wanted ? chunk : chunk.subarray(0, wanted));
    }
    if (this.#isPaused && !this.#isDraining && this.#heldBytes <= HELD_BYTES_MAX) this.#resume();
  }

  /** Puts `bytes` in the place of all that is held from `offset` on; none of it may have left. */
  replaceFrom(offset: number, bytes: Buffer): void {
    this.releaseUpTo(offset);
    this.#held = [bytes];
    this.#heldBytes = bytes.length;
  }

  releaseAll(): void {
    this.releaseUpTo(this.#releasedBytes + this.#heldBytes);
  }

  /** Releases what is held and ends the answer, in one write where one will do. */
  finish(): void {
    const last = this.#held.length === 1 ? this.#held[0] : undefined;
    if (last === undefined) this.releaseAll();
    this.#releasedBytes += last?.length ?? 0;
    this.#forget();
    if (!this.response.destroyed) this.response.end(last);
  }

  /** Breaks the connection off, so that the client cannot take what it has for a whole answer. */
  cut(): void {
    this.#forget();
    this.response.destroy();
  }

  /** Nothing more will be sent: drops what is held and stops waiting. */
  abandon(): void {
    this.#forget();
    if (this.#isPaused) this.#resume();
  }

  #write(bytes: Buffer): void {
    this.#releasedBytes += bytes.length;
    this.#heldBytes -= bytes.length;
    if (this.response.destroyed || this.response.write(bytes) || this.#isDraining) return;
    this.#isDraining = true;
    this.#pause();
    this.response.once("drain", () => {
      this.#isDraining = false;
      if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
      this.#stallTimer = null;
      if (this.#isPaused) this.#resume();
    });
    this.#stallTimer = setTimeout(() => this.response.destroy(), this.#stallMs);
    this.#stallTimer.unref();
  }

  #pause(): void {
    if (!this.#isPaused) this.#flow.pause();
    this.#isPaused = true;
  }

  #resume(): void {
    this.#isPaused = false;
    this.#flow.resume();
  }

  #forget(): void {
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
    this.#stallTimer = null;
  }
}
