/** The results of a batch: a line for each request, as fast as the client takes them. */
import { once } from "node:events";
import { commonHeaders, type Exchange } from "../http/index.ts";
import type { SimulatedBatch } from "./simulated-batch.ts";

/** Lines that go to the socket in one write. */
const LINES_TOGETHER = 100;

export async function sendResults(exchange: Exchange, batch: SimulatedBatch): Promise<void> {
  const { response } = exchange;
  response.writeHead(200, { ...commonHeaders(exchange), "content-type": "application/binary" });
  for (let from = 0; from < batch.items.length; from += LINES_TOGETHER) {
    if (exchange.isGone) return;
    const lines = batch.items.slice(from, from + LINES_TOGETHER).map(({ line }) => `${line}\n`);
    const chunk = lines.join("");
    exchange.noteSent(chunk);
    if (!response.write(chunk)) await Promise.race([once(response, "drain"), closed(response)]);
  }
  response.end();
}

function closed(response: Exchange["response"]): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once("close", () => resolve());
  });
}
