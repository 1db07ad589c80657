/** What each session has used. Bounded: the one that was silent longest is forgotten. */
import { newSession, type SessionUse } from "../../../domain/limits/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";

const SESSIONS_MAX = 50_000;

export class SessionBook {
  readonly #sessions = new Map<string, SessionUse>();

  /** `null` for a call that names no session. Sessions of different keys are different ones. */
  of({ session, key }: Attributes): SessionUse | null {
    if (session === null) return null;
    const name = JSON.stringify([key, session]);
    const known = this.#sessions.get(name) ?? newSession();
    this.#sessions.delete(name);
    this.#sessions.set(name, known);
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size > SESSIONS_MAX && oldest.done !== true) {
      this.#sessions.delete(oldest.value);
    }
    return known;
  }
}
