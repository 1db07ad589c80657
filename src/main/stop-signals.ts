/**
 * The signals of a long-running command. The first that asks it to stop asks, the second forces. A hangup
 * asks to read the configuration again where there is something to read, as daemons do; where it comes
 * of a terminal that was closed, it asks to stop.
 */
import { closeSync, openSync } from "node:fs";

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** Resolves at the first signal. At the second the process ends at once, with the signal's code. */
export function firstStopSignal(
  onSecond: () => void,
  onHangup: (() => void) | null = null,
): Promise<NodeJS.Signals> {
  const hadTerminal = process.stdin.isTTY === true || process.stderr.isTTY === true;
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: StopSignal): void => {
      if (asked) {
        onSecond();
        process.exit(EXIT_CODES[signal]);
      }
      asked = true;
      resolve(signal);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", () => {
      if (onHangup !== null && !(hadTerminal && isTerminalGone())) onHangup();
      else stop("SIGHUP");
    });
  });
}

/** A process whose terminal was closed has none to open any more. */
function isTerminalGone(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    return true;
  }
}
