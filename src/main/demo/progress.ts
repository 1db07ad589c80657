/** How far the day is: one line that is rewritten on a terminal, a few lines elsewhere. */
import { formatInstant, type Instant } from "../../base/index.ts";
import type { CallerCounts } from "./caller.ts";

export type ProgressOutput = {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
};

export type Progress = {
  readonly step: (at: Instant, counts: CallerCounts) => void;
  readonly done: () => void;
};

/** Without a terminal, a line is written each time the virtual day has gone on by so many hours. */
const HOURS_PER_LINE = 6;
const CALLS_PER_REDRAW = 5;

export function createProgress(output: ProgressOutput): Progress {
  let calls = 0;
  let lastHour = -HOURS_PER_LINE;
  const redraw = (text: string): void => {
    if (calls % CALLS_PER_REDRAW === 0) output.write(`\r\u001b[2K${text}`);
  };
  const writeSparsely = (text: string, hour: number): void => {
    if (hour < lastHour + HOURS_PER_LINE) return;
    lastHour = hour;
    output.write(`${text}\n`);
  };
  return {
    step: (at, counts) => {
      calls += 1;
      const time = formatInstant(at).slice(11, 16);
      const text = `  ${time}  ${counts.answered} answered, ${counts.left} left early, ${counts.retried} tried again`;
      if (output.isTTY) redraw(text);
      else writeSparsely(text, Number(time.slice(0, 2)));
    },
    done: () => {
      if (output.isTTY) output.write("\r\u001b[2K");
    },
  };
}
