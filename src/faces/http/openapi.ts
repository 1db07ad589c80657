/** The OpenAPI 3.1 document, derived from the operations. */
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { JsonObject } from "../../base/index.ts";
import { REMOTE_OPERATIONS } from "../../operations/index.ts";
import { type OperationRoute, routeOf } from "./operation-route.ts";

const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe("Stable; see docs/reference/errors.md."),
      what: z.string().describe("What is wrong."),
      where: z.string().nullable().describe("Where it is wrong: a field, a file, a flag."),
      mend: z.string().describe("How to mend it."),
      data: z.record(z.string(), z.unknown()).nullable(),
    }),
  })
  .openapi("Error");

const healthSchema = z
  .object({ status: z.enum(["ok", "degraded"]), ledger: z.string() })
  .openapi("Health");

const json = (schema: z.ZodType) => ({ content: { "application/json": { schema } } });
const text = () => ({ content: { "text/plain": { schema: z.string() } } });
const failure = (description: string) => ({ description, ...json(errorSchema) });
const TOKEN = [{ token: [] }];

/** Every path of the control plane. The same document at every start of one version. */
export function openApiDocument(version: string): JsonObject {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "The token that `purser up` prints, or PURSER_CONTROL_TOKEN.",
  });
  for (const operation of REMOTE_OPERATIONS) registerOperation(app, routeOf(operation));
  registerPlainPaths(app);
  const document: unknown = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Purser control plane",
      version,
      description: "Reports and health of one Purser. Amounts are exact decimal texts of dollars.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "http://127.0.0.1:4142" }],
    tags: [{ name: "operations" }, { name: "process" }],
  });
  // Through JSON, so that what is published is exactly what is checked. `commas` is a hint to our own
  // reading of texts, and no word of JSON Schema.
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === "commas" ? undefined : value,
  );
  return JSON.parse(text) as JsonObject;
}

function registerOperation(app: OpenAPIHono, route: OperationRoute): void {
  const { operation, input, method, path } = route;
  const hasInput = Object.keys(input.shape).length > 0;
  app.openAPIRegistry.registerPath({
    method,
    path,
    operationId: operation.name,
    summary: operation.title,
    description: operation.summary,
    tags: ["operations"],
    security: TOKEN,
    request:
      method === "post"
        ? { body: { required: true, ...json(input) } }
        : hasInput
          ? { query: input }
          : {},
    responses: {
      200:
        operation.answersFile === true
          ? fileAnswer()
          : { description: "The answer.", ...json(operation.output) },
      400: failure("The input is wrong; the error names the field."),
      401: failure("The token is missing or wrong."),
      404: failure("What was asked for does not exist."),
      500: failure("Purser failed; the caller did nothing wrong."),
    },
  });
}

function fileAnswer() {
  const binary = z.string().openapi({ type: "string", format: "binary" });
  const kinds = ["text/csv", "application/jsonl", "application/vnd.apache.parquet"];
  return {
    description: "The file itself, in the format asked for.",
    content: Object.fromEntries(kinds.map((kind) => [kind, { schema: binary }])),
  };
}

function registerPlainPaths(app: OpenAPIHono): void {
  const plain = { method: "get" as const, tags: ["process"] };
  app.openAPIRegistry.registerPath({
    ...plain,
    path: "/healthz",
    operationId: "health",
    summary: "Whether Purser is able to work. Needs no token.",
    security: [],
    responses: {
      200: { description: "It is.", ...json(healthSchema) },
      503: { description: "It is not.", ...json(healthSchema) },
    },
  });
  app.openAPIRegistry.registerPath({
    ...plain,
    path: "/metrics",
    operationId: "metrics",
    summary: "Figures for Prometheus.",
    security: TOKEN,
    responses: {
      200: { description: "The Prometheus text format.", ...text() },
      401: failure("The token is missing or wrong."),
    },
  });
  app.openAPIRegistry.registerPath({
    ...plain,
    path: "/api/openapi.json",
    operationId: "openapi",
    summary: "This document.",
    security: TOKEN,
    responses: {
      200: { description: "OpenAPI 3.1.", ...json(z.record(z.string(), z.unknown())) },
      401: failure("The token is missing or wrong."),
    },
  });
}
