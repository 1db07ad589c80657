/** How far the day is: one line that is rewritten on a terminal, a few lines elsewhere. */
import { formatInstant, type Instant } from "../../base/index.ts";
import type { CommandLineIo } from "../../faces/cli/index.ts";
import type { CallerCounts } from "./caller.ts";

export type Progress = {
  readonly step: (at: Instant, counts: CallerCounts) => void;
  readonly done: () => void;
};

/** Without a terminal, a line is written each time the virtual day has gone on by so many hours. */
const HOURS_PER_LINE = 6;
const STEPS_PER_REDRAW = 5;
const CLEAR_LINE = "\r\u001b[2K";

export function createProgress(io: Pick<CommandLineIo, "writeError" | "error">): Progress {
  let steps = 0;
  let lastHour = -HOURS_PER_LINE;
  const redraw = (text: string): void => {
    if (steps % STEPS_PER_REDRAW === 0) io.writeError(`${CLEAR_LINE}${text}`);
  };
  const writeSparsely = (text: string, hour: number): void => {
    if (hour < lastHour + HOURS_PER_LINE) return;
    lastHour = hour;
    io.writeError(`${text}\n`);
  };
  return {
    step: (at, counts) => {
      steps += 1;
      const time = formatInstant(at).slice(11, 16);
      const { answered, left, retried } = counts;
      const text = `  ${time}  ${answered} answered, ${left} left early, ${retried} tried again`;
      if (io.error.isTerminal) redraw(text);
      else writeSparsely(text, Number(time.slice(0, 2)));
    },
    done: () => {
      if (io.error.isTerminal) io.writeError(CLEAR_LINE);
    },
  };
}
