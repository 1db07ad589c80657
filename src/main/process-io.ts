/** The process's own streams, as the command line wants them. */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { PurserError } from "../base/index.ts";
import type { CommandLineIo, Surface } from "../faces/cli/index.ts";

export function processIo(): CommandLineIo {
  return {
    writeOut: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    out: surfaceOf(process.stdout),
    error: surfaceOf(process.stderr),
    readInput,
    readFile: async (path, bytesMax) => readText(path, bytesMax),
    copyOut: (path) => pipeline(createReadStream(path), process.stdout, { end: false }),
  };
}

/**
 * A reader that went away (`purser report | head`) ends the command in silence, as for any filter.
 * A terminal that was closed ends nothing by itself: its signal does, in order. Other failures of the
 * stream end the command with 1.
 */
export function endOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      const isClosedTerminal = error.code === "EIO" && stream.isTTY;
      if (!isClosedTerminal) process.exit(error.code === "EPIPE" ? 0 : 1);
    });
  }
}

function surfaceOf(stream: NodeJS.WriteStream): Surface {
  const isTerminal = stream.isTTY === true;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const wanted = isTerminal && TERM !== "dumb";
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  return {
    isTerminal,
    columns: isTerminal ? stream.columns : null,
    colours: (NO_COLOR === undefined || NO_COLOR === "") && (wanted || forced),
  };
}

async function readInput(bytesMax: number): Promise<string | null> {
  if (process.stdin.isTTY) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > bytesMax) throw tooLarge("standard input", bytesMax);
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readText(path: string, bytesMax: number): string {
  try {
    if (statSync(path).size > bytesMax) throw tooLarge(path, bytesMax);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof PurserError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const what = `it cannot be read: ${code}`;
    throw new PurserError("CLI_INPUT_UNREADABLE", { what, where: path });
  }
}

function tooLarge(where: string, bytesMax: number): PurserError {
  const what = `it is larger than ${bytesMax} bytes`;
  return new PurserError("CLI_INPUT_UNREADABLE", { what, where });
}
