/** The world as a command sees it, handed in by main, so that tests can hand in another. */
export type CommandLineIo = {
  /** For data. */
  readonly writeOut: (text: string) => void;
  /** For talk: progress, warnings, errors. */
  readonly writeError: (text: string) => void;
  readonly out: Surface;
  readonly error: Surface;
  /** `null` when standard input is a terminal. Stops with an error above `bytesMax`. */
  readonly readInput: (bytesMax: number) => Promise<string | null>;
  readonly readFile: (path: string, bytesMax: number) => Promise<string>;
  /** Copies a file to standard output, however large. */
  readonly copyOut: (path: string) => Promise<void>;
};

export type Surface = {
  readonly isTerminal: boolean;
  /** Columns of the terminal; `null` when it is none, and nothing need fit. */
  readonly columns: number | null;
  readonly colours: boolean;
};
