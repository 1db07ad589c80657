/**
 * The peers that meter nothing: `node:http` in, `undici` out. As it stands, bytes are piped both ways;
 * with `--parse` the request and the answer are gathered whole and put through `JSON.parse`, as any meter
 * must, and nothing is done with what comes out. What they cost is the price of a Node proxy; what
 * Purser costs above the one is the price of metering, above the other that of a ledger. Prints its port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Pool } from "undici";

const parses = process.argv.includes("--parse");
const upstream = new Pool(process.argv[2] ?? "http://127.0.0.1:1", { connections: 512 });
const HOP_BY_HOP = new Set(["host", "connection", "keep-alive", "transfer-encoding"]);

function endToEnd(headers: IncomingMessage["headers"]): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) kept[name] = value;
  }
  return kept;
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  upstream.stream(
    {
      path: request.url ?? "/",
      method: (request.method ?? "GET") as "POST",
      headers: endToEnd(request.headers),
      body: request,
    },
    (answer) => {
      response.writeHead(answer.statusCode, endToEnd(answer.headers as IncomingMessage["headers"]));
      response.flushHeaders();
      return response;
    },
    (error) => {
      if (error) response.destroy();
    },
  );
}

/** The whole request is parsed, then the whole answer; of a stream each event as it passes. */
function parseAndForward(request: IncomingMessage, response: ServerResponse): void {
  gather(request, (body) => {
    JSON.parse(body.toString());
    const headers = endToEnd(request.headers);
    const method = (request.method ?? "GET") as "POST";
    const path = request.url ?? "/";
    upstream.request({ path, method, headers, body }).then(
      (answer) => {
        const answered = answer.headers as IncomingMessage["headers"];
        response.writeHead(answer.statusCode, endToEnd(answered));
        if (answered["content-type"]?.startsWith("text/event-stream") === true) {
          response.flushHeaders();
          answer.body.on("data", (chunk: Buffer) => {
            parseEvents(chunk);
            response.write(chunk);
          });
          answer.body.once("end", () => response.end());
          answer.body.once("error", () => response.destroy());
          return;
        }
        gather(answer.body, (bytes) => {
          JSON.parse(bytes.toString());
          response.end(bytes);
        });
      },
      () => response.destroy(),
    );
  });
}

/** Enough for a bench whose upstream sends whole events. */
function parseEvents(chunk: Buffer): void {
  for (const line of chunk.toString().split("\n")) {
    if (line.startsWith("data: ")) JSON.parse(line.slice("data: ".length));
  }
}

function gather(source: NodeJS.ReadableStream, use: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  source.on("data", (chunk: Buffer) => chunks.push(chunk));
  source.once("end", () =>
    use(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
  );
}

const server = createServer({ noDelay: true }, (request, response) =>
  parses ? parseAndForward(request, response) : forward(request, response),
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(
    `${JSON.stringify({ port: typeof address === "object" ? address?.port : 0 })}\n`,
  );
});
process.on("SIGTERM", () => process.exit(0));
