/**
 * The signals that end a long-running command, a closed terminal among them: the first asks, the second
 * forces.
 */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Resolves at the first signal. At the second the process ends at once, with the signal's code. */
export function firstStopSignal(onSecond: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) {
          onSecond();
          process.exit(EXIT_CODES[signal]);
        }
        asked = true;
        resolve(signal);
      });
    }
  });
}
