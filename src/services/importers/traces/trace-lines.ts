/** Reads a trace file line by line, compressed or not; the first bytes say which. */
import { createInterface } from "node:readline";
import { unpacked } from "../files/unpack.ts";

/**
 * Lines of `path` without their ends, empty ones left out; `onLine` is called before every line, the
 * empty ones included. Throws the file system's own errors.
 */
export async function* traceLines(
  path: string,
  onLine: () => void = () => undefined,
): AsyncGenerator<string> {
  const source = unpacked(path);
  try {
    for await (const line of createInterface({
      input: source.stream,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      onLine();
      if (line.trim() !== "") yield line;
    }
  } finally {
    source.close();
  }
}
