/** Puts the control plane on a port. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { PurserError } from "../../base/index.ts";
import { createControlApp } from "./control-app.ts";
import type { ControlOptions } from "./control-options.ts";

export type ControlPlane = {
  readonly url: string;
  readonly port: number;
  /** Ends open connections; answers under way are cut. */
  readonly close: () => Promise<void>;
};

const HEADER_BYTES_MAX = 16 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;
const CONNECTIONS_MAX = 256;

/** Errors: `CONTROL_PORT_TAKEN`. */
export async function startControl(
  options: ControlOptions & { readonly host: string; readonly port: number },
): Promise<ControlPlane> {
  const app = createControlApp(options);
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, options.host, options.port);
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, port, close: () => closeServer(server) };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const what = `${host}:${port} cannot be listened on: ${error.code ?? error.message}`;
      reject(new PurserError("CONTROL_PORT_TAKEN", { what, cause: error }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
