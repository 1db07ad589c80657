/**
 * The peer that does nothing: `node:http` in, `undici` out, bytes piped both ways. What it costs is
 * the price of a Node proxy; what Purser costs above it is the price of metering. Prints its port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Pool } from "undici";

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

const server = createServer({ noDelay: true }, forward);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(
    `${JSON.stringify({ port: typeof address === "object" ? address?.port : 0 })}\n`,
  );
});
process.on("SIGTERM", () => process.exit(0));
