/** Background work by name: each at its interval, never twice at once, stopped together. */
import type { Clock } from "../../base/index.ts";

export type Job = {
  readonly name: string;
  /** From the end of one run to the beginning of the next. */
  readonly intervalMs: number;
  /** Must stop soon after the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type JobState = {
  readonly name: string;
  readonly running: boolean;
  readonly runs: number;
  readonly failures: number;
  /** What the last run failed with; `null` after a run that did not. */
  readonly lastError: unknown;
  readonly lastTookMs: number | null;
};

export type JobRunner = {
  /** Begins to run the job. Throws when the name is taken, the runner is full or it is closed. */
  readonly add: (job: Job) => void;
  /** Runs a job now, unless it is running; resolves when that run has ended. Never rejects. */
  readonly runNow: (name: string) => Promise<void>;
  readonly states: () => readonly JobState[];
  /** Aborts what runs, waits for it, and starts nothing more. */
  readonly close: () => Promise<void>;
};

export type JobRunnerOptions = {
  readonly clock: Clock;
  /** Calls `then` after a while; returns how to call it off. A timer, outside of tests. */
  readonly schedule?: (afterMs: number, then: () => void) => () => void;
  readonly onFailure: (name: string, error: unknown) => void;
};

export const JOBS_MAX = 32;

type Slot = {
  readonly job: Job;
  cancel: () => void;
  current: Promise<void> | null;
  runs: number;
  failures: number;
  lastError: unknown;
  lastTookMs: number | null;
};

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const runner = new Runner(options);
  return {
    add: (job) => runner.add(job),
    runNow: (name) => runner.runNow(name),
    states: () => runner.states(),
    close: () => runner.close(),
  };
}

class Runner {
  readonly #options: JobRunnerOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #abort = new AbortController();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  add(job: Job): void {
    if (this.#abort.signal.aborted) throw new Error("the job runner is closed");
    if (this.#slots.has(job.name)) throw new Error(`there is a job named ${job.name} already`);
    if (this.#slots.size >= JOBS_MAX) throw new Error(`more than ${JOBS_MAX} jobs`);
    const slot: Slot = {
      job,
      cancel: () => {},
      current: null,
      runs: 0,
      failures: 0,
      lastError: null,
      lastTookMs: null,
    };
    this.#slots.set(job.name, slot);
    this.#plan(slot);
  }

  runNow(name: string): Promise<void> {
    const slot = this.#slots.get(name);
    if (slot === undefined) return Promise.reject(new Error(`there is no job named ${name}`));
    return this.#start(slot);
  }

  states(): readonly JobState[] {
    return [...this.#slots.values()].map((slot) => ({
      name: slot.job.name,
      running: slot.current !== null,
      runs: slot.runs,
      failures: slot.failures,
      lastError: slot.lastError,
      lastTookMs: slot.lastTookMs,
    }));
  }

  async close(): Promise<void> {
    this.#abort.abort();
    for (const slot of this.#slots.values()) slot.cancel();
    await Promise.all([...this.#slots.values()].map((slot) => slot.current));
  }

  #plan(slot: Slot): void {
    if (this.#abort.signal.aborted) return;
    const schedule = this.#options.schedule ?? scheduleByTimer;
    slot.cancel();
    slot.cancel = schedule(slot.job.intervalMs, () => void this.#start(slot));
  }

  /** A run that is under way is joined, so that two never overlap. */
  #start(slot: Slot): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.resolve();
    slot.current ??= this.#run(slot).finally(() => {
      slot.current = null;
      this.#plan(slot);
    });
    return slot.current;
  }

  async #run(slot: Slot): Promise<void> {
    const { clock, onFailure } = this.#options;
    const startedMs = clock.monotonicMs();
    slot.runs += 1;
    try {
      await slot.job.run(this.#abort.signal);
      slot.lastError = null;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      slot.failures += 1;
      slot.lastError = error;
      onFailure(slot.job.name, error);
    } finally {
      slot.lastTookMs = clock.monotonicMs() - startedMs;
    }
  }
}

/** Does not keep the process alive. */
function scheduleByTimer(afterMs: number, then: () => void): () => void {
  const timer = setTimeout(then, afterMs);
  timer.unref();
  return () => clearTimeout(timer);
}
