/** In `observe` the gateway changes no byte of a body and no end-to-end header except `Host`. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatewayBed, header, sendRaw, startBed } from "./gateway-bed.ts";

const SEED = 20_261_122;
const NAMES = ["X-One", "x-one", "Accept", "ANTHROPIC-BETA", "x-Stainless-Os", "Cookie", "Via"];
const headerLine = fc.tuple(
  fc.constantFrom(...NAMES),
  fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/).filter((value) => value.trim() === value),
);
const lines = fc.array(headerLine, { maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 3_000 }).map((body) => Buffer.from(body));

const exchange = fc.record({
  method: fc.constantFrom("POST", "PUT", "PATCH"),
  path: fc.constantFrom("/v1/messages", "/v1/messages?beta=true", "/v1/files", "/v1/a%20b?x=%2F&y"),
  asked: lines,
  body: bytes,
  status: fc.constantFrom(200, 201, 400, 429, 529),
  told: lines,
  answer: bytes,
  chunked: fc.boolean(),
});

let bed: GatewayBed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(async () => {
  await bed[Symbol.asyncDispose]();
});

const text = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${name}: ${value}\r\n`).join("");

test("the gateway passes any request and any answer untouched", async () => {
  await fc.assert(
    fc.asyncProperty(
      exchange,
      async ({ method, path, asked, body, status, told, answer, chunked }) => {
        bed.upstream.calls.length = 0;
        bed.upstream.script = ({ socket }) => {
          const framing = chunked
            ? "Transfer-Encoding: chunked"
            : `Content-Length: ${answer.length}`;
          socket.write(`HTTP/1.1 ${status} Said So\r\n${text(told)}${framing}\r\n\r\n`);
          if (!chunked) socket.write(answer);
          else if (answer.length > 0) {
            socket.write(`${answer.length.toString(16)}\r\n`);
            socket.write(answer);
            socket.write("\r\n0\r\n\r\n");
          } else socket.write("0\r\n\r\n");
        };
        const own = "x-purser-user: someone\r\nConnection: x-hop\r\nx-hop: 1\r\n";
        const head = `${method} ${path} HTTP/1.1\r\nHost: a\r\n${own}${text(asked)}`;
        const request = Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`, "latin1");
        const received = await sendRaw(bed.gateway.port, Buffer.concat([request, body]));
        const [call] = bed.upstream.calls;
        const [first, ...rest] = (call?.head ?? "").trimEnd().split("\r\n");
        expect(first).toBe(`${method} ${path} HTTP/1.1`);
        expect(rest.filter((line) => !/^(host|connection|content-length):/i.test(line))).toEqual(
          asked.map(([name, value]) => `${name}: ${value}`),
        );
        expect(rest).toContain(`host: 127.0.0.1:${bed.upstream.port}`);
        expect(call?.body.equals(body)).toBe(true);
        expect([received.status, received.statusText]).toEqual([status, "Said So"]);
        expect(received.body.equals(answer)).toBe(true);
        expect(received.lines.filter(([name]) => NAMES.includes(name))).toEqual(told);
        expect(header(received, "content-length")).toBe(chunked ? null : String(answer.length));
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
});
