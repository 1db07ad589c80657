/** Runs heavy operations in processes of their own, a few at once. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import type { ApartReply, ApartTask } from "./apart-process.ts";

/** More at once would take the machine from the calls. */
const APART_MAX = 2;
const APART_TIMEOUT_MS = 10 * 60_000;

const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const SCRIPT = fileURLToPath(new URL(`./apart-process.${EXTENSION}`, import.meta.url));

export type RunApart = (name: string, input: unknown, signal: AbortSignal) => Promise<unknown>;

/** Errors: those of the operation, and `CONTROL_BUSY`. The process ends when `signal` aborts. */
export function makeRunApart(config: () => LoadedConfig): RunApart {
  let running = 0;
  return async (name, input, signal) => {
    if (running >= APART_MAX) {
      throw new PurserError("CONTROL_BUSY", {
        what: `${APART_MAX} heavy questions are being answered`,
      });
    }
    running += 1;
    try {
      return outputOf(await ask({ name, input, config: config() }, signal));
    } finally {
      running -= 1;
    }
  };
}

function ask(task: ApartTask, signal: AbortSignal): Promise<ApartReply> {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const end = (): void => void child.kill("SIGKILL");
    const timer = setTimeout(end, APART_TIMEOUT_MS);
    signal.addEventListener("abort", end, { once: true });
    child.once("message", (reply) => resolve(reply as ApartReply));
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      reject(new Error(`the process of ${task.name} ended with ${code} before it answered`));
    });
    child.send(task);
  });
}

function outputOf(reply: ApartReply): unknown {
  if (reply.kind === "output") return reply.output;
  if (reply.kind === "fault") throw new Error(reply.message);
  const { code, what, where, mend, data } = reply.error;
  throw new PurserError(code, {
    what,
    mend,
    ...(where === null ? {} : { where }),
    ...(data === null ? {} : { data }),
  });
}
