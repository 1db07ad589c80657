/** Lines out of a stream of bytes, bounded: results of a batch come as one JSON object a line. */
export type LineSplitter = {
  /** The lines that end within these bytes, without their ends; `null` stands for one too long. */
  readonly feed: (chunk: Buffer) => readonly (Buffer | null)[];
  /** What follows the last line's end, as a line; `undefined` when nothing does. */
  readonly end: () => Buffer | null | undefined;
};

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export function createLineSplitter(lineBytesMax: number): LineSplitter {
  let pieces: Buffer[] = [];
  let bytes = 0;
  const hold = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes <= lineBytesMax) pieces.push(Buffer.from(piece));
    else pieces = [];
  };
  const finish = (last: Buffer): Buffer | null => {
    const isTooLong = bytes + last.length > lineBytesMax;
    const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    bytes = 0;
    if (isTooLong) return null;
    return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  };
  return {
    feed: (chunk) => {
      const lines: (Buffer | null)[] = [];
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, start);
        if (end === -1) break;
        lines.push(finish(chunk.subarray(start, end)));
        start = end + 1;
      }
      if (start < chunk.length) hold(chunk.subarray(start));
      return lines;
    },
    end: () => (bytes === 0 ? undefined : finish(Buffer.alloc(0))),
  };
}
