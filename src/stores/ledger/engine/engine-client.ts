import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurserError } from "../../../base/index.ts";
import type {
  CallName,
  EngineCalls,
  EngineFailure,
  EngineReply,
  EngineSettings,
} from "./protocol.ts";

/** Calls that may be under way or waiting at once. */
const CALLS_MAX = 64;
/** An engine that does not even answer an interrupt is ended after this. */
const INTERRUPT_GRACE_MS = 5_000;

export type EngineClientOptions = {
  readonly directory: string;
  readonly exportFolder: string | null;
};

export type EngineClient = {
  /**
   * Errors: those of the call, and `LEDGER_QUERY_TIMEOUT`, `LEDGER_BUSY`, `LEDGER_ENGINE_FAILED`.
   */
  readonly call: <Name extends CallName>(
    name: Name,
    input: EngineCalls[Name]["input"],
    timeoutMs: number,
  ) => Promise<EngineCalls[Name]["answer"]>;
  readonly close: () => Promise<void>;
};

type Waiting = {
  readonly name: CallName;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
  timedOut: boolean;
};

/** Starts nothing: the process begins with the first call, and again after it failed. */
export function openEngine(options: EngineClientOptions): EngineClient {
  const engine = new Engine(options);
  return {
    // The reply to a call has the type that the protocol gives it.
    call: (name, input, timeoutMs) => engine.call(name, input, timeoutMs) as never,
    close: () => engine.close(),
  };
}

class Engine {
  private readonly options: EngineClientOptions;
  private child: ChildProcess | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private counter = 0;
  private said = "";

  constructor(options: EngineClientOptions) {
    this.options = options;
  }

  call(name: CallName, input: unknown, timeoutMs: number): Promise<unknown> {
    if (this.waiting.size >= CALLS_MAX) {
      const what = `${CALLS_MAX} questions are waiting already`;
      return Promise.reject(new PurserError("LEDGER_BUSY", { what }));
    }
    const child = this.running();
    this.counter += 1;
    const id = this.counter;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.interrupt(id, timeoutMs), timeoutMs);
      this.waiting.set(id, { name, resolve, reject, timer, timedOut: false });
      child.channel?.ref();
      child.send({ kind: "call", id, name, input });
    });
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null) return;
    this.child = null;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.ref();
    child.disconnect();
    const timer = setTimeout(() => child.kill("SIGKILL"), INTERRUPT_GRACE_MS);
    await ended;
    clearTimeout(timer);
    this.failAll(new PurserError("LEDGER_CLOSED", { what: "the ledger's reader was closed" }));
  }

  private running(): ChildProcess {
    if (this.child !== null) return this.child;
    const settings: EngineSettings = {
      directory: this.options.directory,
      exportFolder: this.options.exportFolder,
      spillFolder: join(tmpdir(), `purser-spill-${randomUUID()}`),
    };
    const child = fork(entryPoint(), [JSON.stringify(settings)], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.said = (this.said + text).slice(-2_000);
    });
    child.on("message", (reply: EngineReply) => this.receive(reply));
    child.on("error", (error) => this.ended(child, error.message));
    child.on("exit", (code, signal) => this.ended(child, `it ended with ${signal ?? code}`));
    // The engine alone keeps nobody alive: only a call that is under way does.
    child.unref();
    child.channel?.unref();
    if (child.stderr !== null && "unref" in child.stderr) (child.stderr.unref as () => void)();
    this.child = child;
    return child;
  }

  private receive(reply: EngineReply): void {
    if (reply.kind === "ready") return;
    const call = this.waiting.get(reply.id);
    if (call === undefined) return;
    this.waiting.delete(reply.id);
    clearTimeout(call.timer);
    if (this.waiting.size === 0) this.child?.channel?.unref();
    // An answer that crosses its cancellation comes too late as well.
    if (call.timedOut) call.reject(timeoutError(call.name));
    else if (reply.kind === "answer") call.resolve(reply.answer);
    else call.reject(errorOf(reply.failure));
  }

  private interrupt(id: number, timeoutMs: number): void {
    const call = this.waiting.get(id);
    if (call === undefined || this.child === null) return;
    if (call.timedOut) {
      this.child.kill("SIGKILL");
      return;
    }
    call.timedOut = true;
    this.child.send({ kind: "cancel", id });
    const timer = setTimeout(() => this.interrupt(id, timeoutMs), INTERRUPT_GRACE_MS);
    this.waiting.set(id, { ...call, timer, timedOut: true });
  }

  private ended(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = null;
    const said = this.said.trim();
    const what = `the engine's process failed: ${how}${said === "" ? "" : `; it said: ${said}`}`;
    this.failAll(new PurserError("LEDGER_ENGINE_FAILED", { what }));
  }

  private failAll(error: PurserError): void {
    const calls = [...this.waiting.values()];
    this.waiting.clear();
    for (const call of calls) {
      clearTimeout(call.timer);
      call.reject(call.timedOut ? timeoutError(call.name) : error);
    }
  }
}

/** Beside this file, in the language that this file is run in. */
function entryPoint(): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`./engine-process.${extension}`, import.meta.url));
}

function timeoutError(name: CallName): PurserError {
  return new PurserError("LEDGER_QUERY_TIMEOUT", { what: `the question "${name}" took too long` });
}

function errorOf(failure: EngineFailure): PurserError {
  return new PurserError(failure.code ?? "LEDGER_ENGINE_FAILED", failure.details);
}
