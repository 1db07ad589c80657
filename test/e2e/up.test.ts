/** `purser up` as a user runs it: the process, its ready line, a second start, its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import {
  type GatewayProcess,
  PURSER_SOURCE,
  startGatewayProcess,
} from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

let data = "";
let simulator: Simulator;
const started: GatewayProcess[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "purser-up-"));
  simulator = await startSimulator({ seed: 1 });
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((gateway) => gateway.kill()));
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await simulator.close();
  rmSync(data, { recursive: true, force: true });
});

async function start(upstream = simulator.url): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({ upstream, data });
  started.push(gateway);
  return gateway;
}

function purser(words: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: data };
  return runCommand(process.execPath, [PURSER_SOURCE, ...words], { cwd: data, env });
}

function callUpstream(gateway: GatewayProcess, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${gateway.ready.gateway}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "x-api-key": "sk-ant-test",
      ...headers,
    },
    body: JSON.stringify({
      model: "claude-opus-5-5",
      max_tokens: 50,
      messages: [{ role: "user", content: "How much is the fish?" }],
    }),
  });
}

describe("purser up", () => {
  it("purser up carries a call, and report, tail, verify and the control plane agree on it", async () => {
    const gateway = await start();
    const answer = await callUpstream(gateway, { "x-purser-endpoint": "chat" });
    expect(answer.status).toBe(200);
    const words = ["--data", data, "--json"];
    const report = JSON.parse((await purser(["report", "--by", "endpoint", ...words])).stdout);
    expect(report.rows).toHaveLength(1);
    expect(report.rows[0]).toMatchObject({ group: { endpoint: "chat" }, measured_exchanges: 1 });
    expect(report.rows[0].measured_usd).not.toBe("0");

    const authorization = `Bearer ${gateway.ready.token}`;
    const asked = await fetch(`${gateway.ready.control}/api/report?by=endpoint`, {
      headers: { authorization },
    });
    expect(await asked.json()).toEqual(report);

    const tail = JSON.parse((await purser(["ledger", "tail", ...words])).stdout);
    expect(tail.exchanges[0]).toMatchObject({
      endpoint: "chat",
      outcome: "completed",
      measured_usd: report.total.measured_usd,
    });
    const one = await purser(["exchange", tail.exchanges[0].id, ...words]);
    expect(JSON.parse(one.stdout)).toEqual(tail.exchanges[0]);
    const verify = await purser(["ledger", "verify", ...words]);
    expect([verify.code, JSON.parse(verify.stdout).sound]).toEqual([0, true]);

    const metrics = await fetch(`${gateway.ready.control}/metrics`, { headers: { authorization } });
    expect(await metrics.text()).toContain('purser_outcomes_total{outcome="completed"} 1');
  });

  it("purser up answers heavy questions from a process of their own", async () => {
    const gateway = await start();
    await (await callUpstream(gateway)).text();
    const { control, token } = gateway.ready;
    const headers = { authorization: `Bearer ${token}` };
    const misses = await fetch(`${control}/api/cache/misses`, { headers });
    expect(misses.status).toBe(200);
    expect(await misses.json()).toHaveProperty("causes");
    const nobody = await fetch(`${control}/api/cache/misses?where=nothing%3D1`, { headers });
    expect(nobody.status).toBe(400);
  });

  it("purser up refuses a second start on its directory and says which process holds it", async () => {
    const gateway = await start();
    const ports = ["--port", "0", "--control-port", "0"];
    const second = await purser(["up", "--json", ...ports, "--data", data]);
    expect([second.code, second.stdout]).toEqual([1, ""]);
    const { error } = JSON.parse(second.stderr);
    expect(error.code).toBe("LEDGER_LOCKED");
    expect(error.what).toContain(`process ${gateway.pid}`);
    await gateway.stop();
    const third = await start();
    expect(third.pid).not.toBe(gateway.pid);
  });

  it("purser up finishes the stream in flight on SIGTERM, settles it, and ends with 0", async () => {
    const slow = await pausedUpstream();
    const gateway = await start(slow.url);
    const answer = await callUpstream(gateway);
    const reader = answer.body?.getReader();
    await reader?.read();
    const stopped = gateway.stop();
    slow.finish();
    let text = "";
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) break;
      text += new TextDecoder().decode(piece.value);
    }
    expect(text).toContain("message_stop");
    expect(await stopped).toBe(0);
    await slow.close();
    const tail = await purser(["ledger", "tail", "--data", data, "--json"]);
    expect(JSON.parse(tail.stdout).exchanges).toEqual([
      expect.objectContaining({ state: "settled", outcome: "completed", measured_usd: "0.00402" }),
    ]);
  });

  it("purser up keeps its directory to its user and writes the token nowhere in it", async () => {
    const gateway = await start();
    await callUpstream(gateway);
    expect(await gateway.stop()).toBe(0);
    expect(statSync(data).mode & 0o077).toBe(0);
    const found = await runCommand("grep", [
      "-rlF",
      "-e",
      gateway.ready.token,
      "-e",
      "sk-ant-test",
      "-e",
      "the fish",
      data,
    ]);
    expect([found.code, found.stdout]).toEqual([1, ""]);
  });

  it("purser up ends at once on a second signal", async () => {
    const slow = await pausedUpstream();
    const gateway = await start(slow.url);
    const answer = await callUpstream(gateway);
    await answer.body?.getReader().read();
    const gone = gateway.stop();
    // The first signal is seen once the gateway refuses new calls.
    await untilRefused(gateway);
    process.kill(gateway.pid, "SIGTERM");
    expect(await gone).toBe(143);
    await slow.close();
  });

  it("purser up names the port that is taken, and starts nothing", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const taken = String((other.address() as AddressInfo).port);
    for (const [words, code] of [
      [["--port", taken, "--control-port", "0"], "GATEWAY_PORT_UNUSABLE"],
      [["--port", "0", "--control-port", taken], "CONTROL_PORT_TAKEN"],
    ] as const) {
      const result = await purser(["up", "--json", ...words, "--data", data]);
      expect([result.code, result.stdout]).toEqual([1, ""]);
      expect(JSON.parse(result.stderr.trim().split("\n").at(-1) ?? "").error.code).toBe(code);
    }
    other.close();
    await start();
  });

  it.each([
    ["url: https://10.1.2.3/hook", "ALERT_TARGET_PRIVATE"],
    ["url: https://ann:secret@hooks.example.com/", "ALERT_TARGET_INVALID"],
    ["urlVariable: PURSER_TEST_NOT_SET", "ALERT_SECRET_MISSING"],
  ])("purser up starts nothing where alerts go to %s", async (target, code) => {
    const file = ["alerts:", "  targets:", "    - name: on-call", `      ${target}`];
    writeFileSync(join(data, "purser.yaml"), `${file.join("\n")}\n`);
    const ledger = join(data, "ledger-of-nobody");
    const flags = ["--port", "0", "--control-port", "0", "--data", ledger, "--json"];
    const result = await purser(["up", "--upstream", simulator.url, ...flags]);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 3, stdout: "" });
    const { error } = JSON.parse(result.stderr.trim().split("\n").at(-1) ?? "");
    expect(error).toMatchObject({ code, where: "on-call" });
    expect(result.stderr).not.toContain("secret@");
    expect(existsSync(ledger)).toBe(false);
  });

  it("purser up tells a person where to point a client, on standard error", async () => {
    const ports = ["--port", "0", "--control-port", "0", "--upstream", simulator.url];
    const child = spawn(process.execPath, [PURSER_SOURCE, "up", ...ports, "--data", data], {
      env: { PATH: process.env.PATH, HOME: data },
    });
    children.push(child);
    let stderr = "";
    await new Promise<void>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        stderr += chunk;
        if (stderr.includes("purser-started")) resolve();
      });
    });
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(0);
    expect(stderr).toMatch(/export ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:\d+\n/);
    expect(child.stdout.read()).toBeNull();
  });

  it("purser ledger tail --follow shows entries as they are written, and ends on SIGINT", async () => {
    const gateway = await start();
    const words = ["ledger", "tail", "--follow", "--json", "--data", data];
    const child = spawn(process.execPath, [PURSER_SOURCE, ...words]);
    children.push(child);
    let stdout = "";
    const settled = new Promise<void>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        stdout += chunk;
        if (stdout.includes('"kind":"settled"')) resolve();
      });
    });
    // Calls go on until the follower, which starts at the journal's end, has seen one.
    let seen = false;
    void settled.then(() => {
      seen = true;
    });
    while (!seen) await callUpstream(gateway).then((answer) => answer.text());
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(0);
    for (const line of stdout.trimEnd().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ exchange: expect.stringMatching(/^ex_/) });
    }
  });

  it("purser report ends in silence when its reader goes away", async () => {
    await (await start()).stop();
    const command = `"${process.execPath}" "${PURSER_SOURCE}" models --json | head -c 1 > /dev/null; echo "$\{PIPESTATUS[0]}"`;
    const result = await runCommand("bash", ["--norc", "-c", command], {
      env: { PATH: process.env.PATH },
    });
    expect(result).toMatchObject({ stdout: "0\n", stderr: "" });
  });

  it("purser up and purser doctor warn of calls that a discount leaves without a price", async () => {
    const config = join(data, "discount.yaml");
    writeFileSync(config, "discounts:\n  - models: [claude-haiku-5-5]\n    percentOff: 12.5%\n");
    const place = ["--config", config, "--data", data];
    const ports = ["--port", "0", "--control-port", "0", "--upstream", simulator.url];
    const child = spawn(process.execPath, [PURSER_SOURCE, "up", "--json", ...ports, ...place], {
      env: { PATH: process.env.PATH, HOME: data },
      stdio: ["ignore", "ignore", "pipe"],
    });
    children.push(child);
    let said = "";
    for await (const text of child.stderr.setEncoding("utf8")) {
      said += text;
      if (said.includes("purser-started")) break;
    }
    expect(said).toMatch(/"config-warning".*calls of claude-haiku-5-5 with .*have no price/);
    const { stdout } = await purser(["doctor", "--offline", "--json", ...place]);
    const found = JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === "config");
    expect(found).toMatchObject({ status: "warning", mend: expect.stringContaining("percentage") });
    expect(found.message).toContain("claude-haiku-5-5");
  });
});

describe("purser simulate", () => {
  it("purser simulate prints where it listens as one line, and ends with 0 on SIGTERM", async () => {
    const words = ["simulate", "--json", "--port", "0", "--seed", "7", "--scenario", "paced"];
    const child = spawn(process.execPath, [PURSER_SOURCE, ...words]);
    children.push(child);
    const [chunk] = await once(child.stdout, "data");
    const line = JSON.parse(String(chunk));
    expect(line).toMatchObject({ seed: 7, scenario: "paced" });
    expect(
      (
        await fetch(`${line.url}/v1/models`, {
          headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
        })
      ).status,
    ).toBe(200);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);
  });
});

type PausedUpstream = {
  readonly url: string;
  readonly finish: () => void;
  readonly close: () => Promise<void>;
};

/** An upstream that begins a stream and ends it when told. */
async function pausedUpstream(): Promise<PausedUpstream> {
  const gate = Promise.withResolvers<void>();
  const server: Server = createServer(async (request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(
      event("message_start", {
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "claude-opus-5-5",
          content: [],
          usage: { input_tokens: 1000, output_tokens: 1 },
        },
      }),
    );
    await gate.promise;
    response.write(
      event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } }),
    );
    response.end(event("message_stop", {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    finish: () => gate.resolve(),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function event(type: string, facts: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...facts })}\n\n`;
}

/** Asks until the gateway says that it closes, or takes no connection any more. */
async function untilRefused(gateway: GatewayProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(`${gateway.ready.gateway}/v1/models`).catch(() => null);
    if (answer === null || answer.status === 503) return;
  }
}
