/** Wires the command line to this process. */
import { type CommandLineIo, runCommandLine, type WithContext } from "../faces/cli/index.ts";
import { configOf, makeContext } from "./operation-context.ts";
import { endOnBrokenPipe, processIo } from "./process-io.ts";
import { PROGRAMS } from "./programs.ts";
import { purserVersion } from "./system-values.ts";

export async function runPurser(words: readonly string[]): Promise<void> {
  endOnBrokenPipe();
  const io: CommandLineIo = processIo();
  process.exitCode = await runCommandLine({
    words,
    version: purserVersion(),
    programs: PROGRAMS,
    withContext: withProcessContext,
    io,
  });
}

/** What listens to the signal ends by itself within this; anything else is ended. */
const STOP_GRACE_MS = 500;

const withProcessContext: WithContext = async (place, use) => {
  const abort = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    abort.abort();
    setTimeout(() => process.exit(signal === "SIGINT" ? 130 : 143), STOP_GRACE_MS).unref();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const { context, close } = makeContext({ config: configOf(place), signal: abort.signal });
  try {
    return await use(context);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await close();
  }
};
