/**
 * Reaches the upstream through an HTTP proxy, by a tunnel (`CONNECT`) under the same pool. The HTTP
 * client's own proxy agent rebuilds the headers and loses their duplicates, so it is not used.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { buildConnector } from "undici";

type Connector = buildConnector.connector;
type Target = Parameters<Connector>[0];

/** Fails a connection without the proxy's address or credentials in the message. */
class ProxyFailure extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export function tunnelThrough(proxy: URL, timeoutMs: number): Connector {
  const authorization = authorizationOf(proxy);
  return (target, callback) => {
    const address = `${target.hostname}:${portOf(target)}`;
    const send = proxy.protocol === "https:" ? httpsRequest : httpRequest;
    const asked = send({
      method: "CONNECT",
      hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port === "" ? (proxy.protocol === "https:" ? 443 : 80) : proxy.port,
      path: address,
      headers: { host: address, ...authorization },
      agent: false,
      timeout: timeoutMs,
    });
    const fail = (code: string): void => {
      asked.destroy();
      callback(new ProxyFailure(code), null);
    };
    asked.once("timeout", () => fail("PROXY_TIMEOUT"));
    asked.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? "PROXY_FAILED"));
    asked.once("response", (answer) => fail(`PROXY_${answer.statusCode}`));
    asked.once("connect", (answer, socket: Socket, head) => {
      if (answer.statusCode !== 200) return fail(`PROXY_${answer.statusCode}`);
      asked.removeAllListeners("timeout");
      socket.setTimeout(0);
      socket.setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      if (target.protocol !== "https:") return callback(null, socket);
      secure(socket, target, callback);
    });
    asked.end();
  };
}

function secure(socket: Socket, target: Target, callback: Parameters<Connector>[1]): void {
  const servername = target.servername ?? target.hostname;
  const secured = tlsConnect({ socket, servername, ALPNProtocols: ["http/1.1"] });
  const fail = (error: NodeJS.ErrnoException): void => {
    callback(new ProxyFailure(error.code ?? "TLS_FAILED"), null);
  };
  secured.once("error", fail);
  secured.once("secureConnect", () => {
    secured.off("error", fail);
    callback(null, secured);
  });
}

function portOf(target: Target): string {
  return target.port !== "" ? target.port : target.protocol === "https:" ? "443" : "80";
}

function authorizationOf(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === "") return {};
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}
