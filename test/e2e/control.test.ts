/** The control plane over real HTTP: its token, its names, its document, its answers. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PurserError } from "../../src/base/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { type ControlPlane, type MetricFamily, startControl } from "../../src/faces/http/index.ts";
import { makeContext } from "../../src/main/operation-context.ts";
import { REMOTE_OPERATIONS } from "../../src/operations/index.ts";
import type { LedgerReader, SpendQuestion } from "../../src/stores/contracts/index.ts";

const TOKEN = "a-token-of-some-length-0123456789";
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const METRICS: readonly MetricFamily[] = [
  {
    kind: "counter",
    name: "purser_requests_total",
    help: "Requests.",
    samples: [{ labels: { outcome: "completed" }, value: 3 }],
  },
  {
    kind: "histogram",
    name: "purser_added_seconds",
    help: "Added time.",
    bounds: [0.001, 0.01],
    counts: [2, 1, 4],
    sum: 0.5,
  },
];

let folder = "";
let control: ControlPlane;
let ready = true;
const faults: { readonly id: string; readonly error: unknown }[] = [];
const asked: SpendQuestion[] = [];
const apart: { readonly name: string; readonly input: unknown }[] = [];

/** A ledger whose answers are known: what is under test is the way to it. */
const ledger = {
  spend: async (question: SpendQuestion) => {
    asked.push(question);
    throw new PurserError("LEDGER_NOT_FOUND", { what: "there is no ledger here" });
  },
  exchange: async () => {
    throw new Error("secret detail of the inside");
  },
  exchanges: async () => [],
  export: async ({ file }: { readonly file: string }) => {
    writeFileSync(file, "a,b\n1,2\n");
    return { rows: 1 };
  },
} as unknown as LedgerReader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-control-"));
  const config = loadConfig({ flags: { data: folder }, environment: {}, workingDirectory: folder });
  control = await startControl({
    host: "127.0.0.1",
    port: 0,
    version: "1.2.3",
    token: TOKEN,
    allowedHosts: ["purser.internal"],
    withContext: async (signal, use) => {
      const { context, close } = makeContext({ config: () => config, signal, ledger });
      try {
        return await use(context);
      } finally {
        await close();
      }
    },
    runApart: async (name, input) => {
      apart.push({ name, input });
      throw new PurserError("CONTROL_BUSY", { what: "2 heavy questions are being answered" });
    },
    metrics: () => METRICS,
    health: () =>
      ready ? { status: "ok", ledger: "ready" } : { status: "degraded", ledger: "not writable" },
    onFault: (fault) => faults.push(fault),
  });
});

afterAll(async () => {
  await control.close();
  rmSync(folder, { recursive: true, force: true });
});

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** By `node:http`, because fetch sets Host itself. */
function ask(
  path: string,
  { method = "GET", headers = AUTHORIZED, body }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${control.url}${path}`, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

function codeOf(answer: Answer): string {
  return JSON.parse(answer.text).error.code;
}

const EVERY_PATH = [
  "/metrics",
  "/api/openapi.json",
  ...REMOTE_OPERATIONS.map(({ path }) => `/api/${path.join("/")}`),
  "/nothing",
];

describe("control plane, who may ask", () => {
  it.each(EVERY_PATH)(
    "control plane refuses %s without its token, and with a wrong one",
    async (path) => {
      const wrong = [
        {},
        { authorization: "" },
        { authorization: `Bearer ${TOKEN}x` },
        { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
        { authorization: `Basic ${TOKEN}` },
        { cookie: `token=${TOKEN}` },
      ];
      for (const headers of wrong) {
        for (const method of ["GET", "POST"]) {
          const answer = await ask(path, { method, headers });
          expect([answer.status, codeOf(answer)]).toEqual([401, "CONTROL_TOKEN_INVALID"]);
          expect(answer.headers["www-authenticate"]).toContain("Bearer");
          expect(answer.text).not.toContain(TOKEN.slice(0, 12));
        }
      }
    },
  );

  it("control plane takes no token from the URL", async () => {
    expect((await ask(`/api/models?token=${TOKEN}`, { headers: {} })).status).toBe(401);
  });

  it("control plane answers /healthz to anyone, with 503 when the ledger is not writable", async () => {
    expect(await ask("/healthz", { headers: {} })).toMatchObject({
      status: 200,
      text: '{"status":"ok","ledger":"ready"}',
    });
    ready = false;
    expect((await ask("/healthz", { headers: {} })).status).toBe(503);
    ready = true;
  });

  it.each([
    ["evil.example", 421],
    ["evil.example:4142", 421],
    ["127.0.0.1.evil.example", 421],
    ["user@127.0.0.1", 400],
    ["127.0.0.1", 200],
    ["localhost:1", 200],
    ["[::1]:4142", 200],
    ["purser.internal", 200],
    ["PURSER.internal:80", 200],
  ])("control plane asked under the name %s answers %i", async (host, status) => {
    for (const path of ["/healthz", "/api/models"]) {
      expect((await ask(path, { headers: { ...AUTHORIZED, host } })).status).toBe(status);
    }
  });

  it("control plane refuses pages of other origins and allows none of them", async () => {
    const headers = { ...AUTHORIZED, origin: "https://evil.example" };
    const answer = await ask("/api/models", { headers });
    expect([answer.status, codeOf(answer)]).toEqual([403, "CONTROL_ORIGIN_REFUSED"]);
    const preflight = await ask("/api/models", { method: "OPTIONS", headers });
    expect(preflight.status).toBe(403);
    expect(preflight.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("control plane sends headers that keep browsers from doing anything with an answer", async () => {
    const { headers } = await ask("/api/models");
    expect(headers).toMatchObject({
      "content-security-policy": "default-src 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
    expect(headers["set-cookie"]).toBeUndefined();
  });
});

describe("control plane, what it answers", () => {
  it("control plane publishes an OpenAPI 3.1 document that a validator accepts", async () => {
    const document = JSON.parse((await ask("/api/openapi.json")).text);
    const result = await new Validator().validate(document);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1/);
    for (const { path, name } of REMOTE_OPERATIONS) {
      const item = document.paths[`/api/${path.join("/")}`];
      expect((item.get ?? item.post).operationId).toBe(name);
    }
  });

  it("control plane answers an operation as the command line does", async () => {
    const answer = await ask("/api/models?id=claude-opus-5-5&at=2026-11-22");
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text).models[0]).toMatchObject({ id: "claude-opus-5-5" });
  });

  it("control plane prices a text that is posted", async () => {
    const body = JSON.stringify({
      text: '{"input_tokens":1000,"output_tokens":50}',
      model: "claude-opus-5-5",
      at: "2026-11-22",
    });
    const headers = { ...AUTHORIZED, "content-type": "application/json" };
    const answer = await ask("/api/cost", { method: "POST", headers, body });
    expect(JSON.parse(answer.text)).toMatchObject({ total_usd: "0.005", kind: "billed" });
  });

  it("control plane reads lists by repetition and by commas", async () => {
    await ask("/api/report?by=model,user&by=tag:plan&where=endpoint%3Dchat&top=5");
    expect(asked.at(-1)).toMatchObject({
      by: ["model", "user", "tag:plan"],
      where: [{ dimension: "endpoint", comparison: "is", value: "chat" }],
      top: 5,
    });
  });

  it.each([
    ["/api/report?by=modle", 400, "OPERATION_DIMENSION_UNKNOWN"],
    ["/api/report?bye=model", 400, "OPERATION_INPUT_INVALID"],
    ["/api/report?top=many", 400, "OPERATION_INPUT_INVALID"],
    ["/api/report?since=someday", 400, "OPERATION_TIME_INVALID"],
    ["/api/ledger/export?file=/etc/passwd", 400, "OPERATION_INPUT_INVALID"],
    ["/api/models?id=claude-opus-9", 404, "MODEL_UNKNOWN"],
    ["/api/report", 404, "LEDGER_NOT_FOUND"],
    ["/api/nothing", 404, "CONTROL_PATH_UNKNOWN"],
    ["/api/cost", 404, "CONTROL_PATH_UNKNOWN"],
  ])("control plane answers %s with %i and %s", async (path, status, code) => {
    const answer = await ask(path);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(Object.keys(JSON.parse(answer.text).error)).toEqual([
      "code",
      "what",
      "where",
      "mend",
      "data",
    ]);
  });

  it.each([
    ["text/plain", "{}", 400, "CONTROL_BODY_INVALID"],
    ["application/json", "{", 400, "CONTROL_BODY_INVALID"],
    ["application/json", "[]", 400, "CONTROL_BODY_INVALID"],
    ["application/json", "{}", 400, "OPERATION_INPUT_INVALID"],
    [
      "application/json",
      `{"text":"${"x".repeat(17 * 1024 * 1024)}"}`,
      413,
      "CONTROL_BODY_TOO_LARGE",
    ],
  ])("control plane refuses a body of %s like %.10s with %i", async (type, body, status, code) => {
    const headers = { ...AUTHORIZED, "content-type": type };
    const answer = await ask("/api/cost", { method: "POST", headers, body });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it("control plane shows nothing of the inside when it fails, and tells its operator all", async () => {
    const answer = await ask("/api/exchange?id=ex_1");
    expect([answer.status, codeOf(answer)]).toEqual([500, "INTERNAL_FAULT"]);
    expect(answer.text).not.toContain("secret detail");
    expect(answer.text).not.toContain("at ");
    const { id } = JSON.parse(answer.text).error.data;
    expect(faults.find((fault) => fault.id === id)?.error).toMatchObject({
      message: "secret detail of the inside",
    });
  });

  it("control plane sends an export as the file itself and leaves nothing behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("purser-"));
    const answer = await ask("/api/ledger/export?format=csv");
    expect(answer).toMatchObject({ status: 200, text: "a,b\n1,2\n" });
    expect(answer.headers["content-disposition"]).toBe('attachment; filename="purser-ledger.csv"');
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith("purser-"));
    expect(
      left.filter((name) => /^purser-[A-Za-z0-9]{6}$/.test(name) && !before.includes(name)),
    ).toEqual([]);
  });

  it("control plane answers /metrics in the Prometheus format, histograms cumulative", async () => {
    const { text, headers } = await ask("/metrics");
    expect(headers["content-type"]).toContain("text/plain");
    expect(text).toContain('purser_requests_total{outcome="completed"} 3');
    expect(text).toContain('purser_added_seconds_bucket{le="0.01"} 3\n');
    expect(text).toContain('purser_added_seconds_bucket{le="+Inf"} 7\n');
    expect(text).toContain("purser_added_seconds_count 7\n");
    expect(text).toContain("process_cpu_user_seconds_total");
  });

  it("startControl has heavy operations run apart, with a checked input", async () => {
    const busy = await ask("/api/cache/misses?since=7d");
    expect(busy.status).toBe(503);
    expect(JSON.parse(busy.text).error.code).toBe("CONTROL_BUSY");
    expect(apart).toMatchObject([{ name: "cache-misses", input: { since: "7d" } }]);
    const wrong = await ask("/api/cache/misses?sinec=7d");
    expect(wrong.status).toBe(400);
    expect(apart).toHaveLength(1);
  });
});
