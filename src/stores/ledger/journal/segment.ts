/** Segments are files named by number, `00000001.journal`, so that their names sort as they were written. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const NAME = /^(\d{8})\.journal$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(8, "0")}.journal`;
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, segmentName(number));
}

/** The numbers of the segments from `from` on, ascending. */
export function listSegments(folder: string, from: number): readonly number[] {
  const numbers: number[] = [];
  for (const name of readdirSync(folder)) {
    const match = NAME.exec(name);
    if (match !== null) numbers.push(Number(match[1]));
  }
  return numbers.filter((number) => number >= from).sort((a, b) => a - b);
}
