/** The control plane as one function from a request to an answer. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { PurserError } from "../../base/index.ts";
import { REMOTE_OPERATIONS } from "../../operations/index.ts";
import { answerError } from "./answer-error.ts";
import type { ControlOptions } from "./control-options.ts";
import { guardHost, guardToken } from "./guard.ts";
import { metricsRenderer } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { answerOperation, inputOf, type OperationRoute, routeOf } from "./operation-route.ts";

/** Bytes of one request body. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

export function createControlApp(options: ControlOptions): Hono {
  const app = new Hono();
  app.onError((error) => toResponse(error, options));
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"] },
      strictTransportSecurity: false,
    }),
  );
  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
  });
  app.use(guardHost(options.allowedHosts));
  app.get("/healthz", (context) => {
    const health = options.health();
    return context.json(health, health.status === "ok" ? 200 : 503);
  });
  app.use(guardToken(options.token));
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: refuseLargeBody }));
  const renderMetrics = metricsRenderer(options.metrics);
  app.get("/metrics", async (context) => {
    const page = await renderMetrics();
    return context.body(page.text, 200, { "content-type": page.contentType });
  });
  const document = openApiDocument(options.version);
  app.get("/api/openapi.json", (context) => context.json(document));
  for (const operation of REMOTE_OPERATIONS) addRoute(app, routeOf(operation), options);
  app.all("*", (context) => {
    const what = `there is nothing at ${context.req.method} ${context.req.path.slice(0, 200)}`;
    throw new PurserError("CONTROL_PATH_UNKNOWN", { what });
  });
  return app;
}

function addRoute(app: Hono, route: OperationRoute, options: ControlOptions): void {
  app.on(route.method.toUpperCase(), route.path, async (context: Context) => {
    const { signal } = context.req.raw;
    if (route.operation.heavy !== true) {
      return options.withContext(signal, (use) => answerOperation(route, context.req, use));
    }
    const input = await inputOf(route, context.req);
    return Response.json(await options.runApart(route.operation.name, input, signal));
  });
}

function refuseLargeBody(): never {
  const what = `the body is larger than ${BODY_BYTES_MAX} bytes`;
  throw new PurserError("CONTROL_BODY_TOO_LARGE", { what });
}

function toResponse(error: unknown, options: ControlOptions): Response {
  const { status, headers, body } = answerError(error, options.onFault);
  return Response.json(body, { status, headers: { ...headers, "cache-control": "no-store" } });
}
