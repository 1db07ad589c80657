/** Colours, only where a person looks. */
import type { Surface } from "./io.ts";

export type Style = {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
};

export function styleFor(surface: Surface): Style {
  const paint =
    (code: number) =>
    (text: string): string =>
      surface.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: paint(1), dim: paint(2), red: paint(31), yellow: paint(33), green: paint(32) };
}
