/**
 * The way to the provider: a pool of kept connections, straight or through an HTTP proxy. HTTP/2 is
 * off because it does not keep the case of header names.
 */
import { type Dispatcher, Pool } from "undici";
import { PurserError } from "../../base/index.ts";
import { tunnelThrough } from "./proxy-tunnel.ts";
import type { GatewaySettings } from "./settings.ts";

export type Upstream = {
  readonly origin: string;
  /** Path prefix of the base URL, without a slash at its end. */
  readonly prefix: string;
  readonly dispatcher: Dispatcher;
  readonly close: () => Promise<void>;
};

export function connectUpstream(settings: GatewaySettings): Upstream {
  const base = parsedUrl("gateway.upstream", settings.upstream);
  if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
    throw invalid("gateway.upstream", "has credentials, a query or a fragment in it");
  }
  const dispatcher = makeDispatcher(settings, base);
  return {
    origin: base.origin,
    prefix: base.pathname.replace(/\/+$/, ""),
    dispatcher,
    close: () => dispatcher.destroy(),
  };
}

function makeDispatcher(settings: GatewaySettings, base: URL): Dispatcher {
  const timeout = settings.upstreamConnectTimeoutMs;
  const proxy =
    settings.upstreamProxy === null
      ? null
      : parsedUrl("gateway.upstream-proxy", settings.upstreamProxy);
  return new Pool(base.origin, {
    pipelining: 1,
    allowH2: false,
    connections: settings.concurrentCallsMax,
    keepAliveTimeout: settings.upstreamKeepAliveMs,
    headersTimeout: settings.upstreamFirstByteTimeoutMs,
    bodyTimeout: settings.upstreamIdleTimeoutMs,
    maxHeaderSize: settings.responseHeaderBytesMax,
    connect: proxy === null ? { timeout, noDelay: true } : tunnelThrough(proxy, timeout),
  });
}

/** The text itself stays out of the error: it may hold a password. */
function parsedUrl(setting: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalid(setting, "is not an http or https URL");
  }
  return url;
}

function invalid(where: string, what: string): PurserError {
  return new PurserError("GATEWAY_SETTINGS_INVALID", { what, where });
}
