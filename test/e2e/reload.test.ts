/** A reload as an operator makes it: an edit of the file, SIGHUP or the command, and the next call. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PURSER_SOURCE, parseReadyLine, type ReadyLine } from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

type LogLine = { readonly event: string; readonly [name: string]: unknown };

type Process = {
  readonly child: ChildProcess;
  readonly ready: ReadyLine;
  /** The next line of its log with this event. */
  readonly next: (event: string) => Promise<LogLine>;
};

const TOKEN = "a-token-of-this-test-alone";
let folder = "";
let file = "";
let upstream: PacedUpstream;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-reload-"));
  file = join(folder, "purser.yaml");
  upstream = await startPacedUpstream();
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

function configOf({ input, policy, port = 0 }: { input: string; policy: string; port?: number }) {
  return `gateway:
  port: ${port}
models:
  - id: claude-reload-1
    prices:
      - input: "${input}"
        output: "10"
policies:
  - name: ${policy}
    lever: cache
    mode: advise
`;
}

async function startPurser(): Promise<Process> {
  const words = ["--control-port", "0", "--data", join(folder, "data"), "--config", file];
  const child = spawn(
    process.execPath,
    [PURSER_SOURCE, "up", "--json", ...words, "--upstream", upstream.url],
    { env: environment(), stdio: ["ignore", "pipe", "pipe"] },
  );
  children.push(child);
  const seen: LogLine[] = [];
  let onLine = (): void => {};
  createInterface({ input: child.stderr }).on("line", (line) => {
    seen.push(JSON.parse(line) as LogLine);
    onLine();
  });
  const next = async (event: string): Promise<LogLine> => {
    for (;;) {
      const index = seen.findIndex((line) => line.event === event);
      const [found] = index === -1 ? [] : seen.splice(index, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        onLine = resolve;
      });
    }
  };
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  await next("purser-started");
  return { child, ready: parseReadyLine(String(line)), next };
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder, PURSER_CONTROL_TOKEN: TOKEN };
}

function purser(words: readonly string[], env: NodeJS.ProcessEnv = environment()) {
  const place = ["--data", join(folder, "data"), "--config", file];
  return runCommand(process.execPath, [PURSER_SOURCE, ...words, ...place, "--json"], { env });
}

function call({ ready }: Process): Promise<Response> {
  return fetch(`${ready.gateway}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "sk-ant-test" },
    body: JSON.stringify({
      model: "claude-reload-1",
      max_tokens: 50,
      messages: [{ role: "user", content: "How much is the fish?" }],
    }),
  });
}

/** Newest first: what each call ran under, and came to. */
async function calls() {
  // Without the file, which may be wrong just then.
  const data = join(folder, "data");
  const words = [PURSER_SOURCE, "ledger", "tail", "--json", "--data", data];
  const { stdout } = await runCommand(process.execPath, words, { cwd: data, env: environment() });
  const tail = JSON.parse(stdout);
  return tail.exchanges as {
    measured_usd: string;
    versions: { config: string; prices: string; policy: string };
  }[];
}

async function metrics({ ready }: Process): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await fetch(`${ready.control}/metrics`, { headers })).text();
}

describe("purser reload", () => {
  it("purser up takes the file over on SIGHUP for the next call, and not for the call in flight", async () => {
    writeFileSync(file, configOf({ input: "1", policy: "first" }));
    const running = await startPurser();
    const inFlight = call(running);
    const first = await upstream.arrived();
    // The file is written anew where it stands, so that the signal is what is told of it first.
    writeFileSync(file, configOf({ input: "3", policy: "second" }));
    running.child.kill("SIGHUP");
    const told = await running.next("config-reloaded");
    expect(told).toMatchObject({ changed: "models policies" });
    const after = call(running);
    (await upstream.arrived()).answer();
    await (await after).text();
    first.answer();
    await (await inFlight).text();
    const found = await calls();
    expect(found.map(({ measured_usd }) => measured_usd)).toEqual(["0.003", "0.001"]);
    const [second, before] = found.map(({ versions }) => versions);
    expect(second).toMatchObject({ policy: told.policy, prices: told.prices, config: told.config });
    for (const name of ["policy", "prices", "config"] as const) {
      expect(before?.[name]).not.toBe(second?.[name]);
    }
  });

  it("purser reload answers what is in force, what waits for a start, and what is wrong", async () => {
    writeFileSync(file, configOf({ input: "1", policy: "first" }));
    const running = await startPurser();
    const unchanged = await purser(["reload"]);
    expect(JSON.parse(unchanged.stdout)).toMatchObject({ result: "unchanged", changed: [] });
    writeFileSync(file, configOf({ input: "3", policy: "first", port: 4999 }));
    const report = JSON.parse((await purser(["reload"])).stdout);
    expect(report.needs_restart).toEqual(["gateway.port"]);
    expect(report.versions.policy).toBe(report.versions_before.policy);
    const answer = call(running);
    (await upstream.arrived()).answer();
    await (await answer).text();
    const { versions } = (await calls())[0] ?? {};
    expect(versions).toEqual(report.versions);

    writeFileSync(file, "models:\n  - id: claude-reload-1\n    prices: 3\n");
    const [byFile, byCommand] = [
      await running.next("config-reload-refused"),
      await purser(["reload"]),
    ];
    expect(byFile).toMatchObject({ code: "CONFIG_WRONG_TYPE", trigger: "file" });
    expect(byFile.where).toMatch(/purser\.yaml:3:\d+ \(models\[0\]\.prices\)/);
    expect([byCommand.code, JSON.parse(byCommand.stderr).error.code]).toEqual([3, byFile.code]);
    const asked = await fetch(`${running.ready.control}/api/reload`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: "{}",
    });
    const { error } = (await asked.json()) as { error: { code: string; where: string } };
    expect([asked.status, error.code, error.where]).toEqual([400, byFile.code, byFile.where]);
    const still = call(running);
    (await upstream.arrived()).answer();
    await (await still).text();
    const [last] = await calls();
    expect(last).toMatchObject({ measured_usd: "0.003", versions });
    expect(await metrics(running)).toMatch(/purser_reloads_total\{result="refused"\} [2-9]/);
  });

  it("purser up sees a file that an editor put in the place of the old one, or took away", async () => {
    writeFileSync(file, configOf({ input: "1", policy: "first" }));
    const running = await startPurser();
    for (const policy of ["second", "third"]) {
      writeFileSync(`${file}.new`, configOf({ input: "1", policy }));
      renameSync(`${file}.new`, file);
      const told = await running.next("config-reloaded");
      expect(told).toMatchObject({ trigger: "file", changed: "policies" });
    }
    unlinkSync(file);
    expect(await running.next("config-reload-refused")).toMatchObject({ code: "CONFIG_NOT_FOUND" });
    expect(await metrics(running)).toContain('purser_reloads_total{result="applied"} 2');
  });

  it("purser reload puts a limit in force for the next call, and takes it away again", async () => {
    const without = configOf({ input: "1", policy: "first" });
    writeFileSync(file, without);
    const running = await startPurser();
    const limit = "  - { name: short, lever: limit, mode: apply, settings: { maxTokens: 49 } }\n";
    writeFileSync(file, `${without}${limit}`);
    await running.next("config-reloaded");
    const refused = await call(running);
    const { error } = (await refused.json()) as { error: { details: { error_code: string } } };
    expect([refused.status, error.details.error_code]).toEqual([400, "LIMIT_MAX_TOKENS"]);
    expect(await metrics(running)).toContain(
      'purser_limit_decisions_total{decision="limit short: refused max-tokens"} 1',
    );
    writeFileSync(file, without);
    await running.next("config-reloaded");
    const passed = call(running);
    (await upstream.arrived()).answer();
    expect((await passed).status).toBe(200);
  });

  it("purser reload says how where it cannot ask, and that nothing runs where nothing does", async () => {
    writeFileSync(file, configOf({ input: "1", policy: "first" }));
    const idle = await purser(["reload"]);
    expect([idle.code, JSON.parse(idle.stderr).error.code]).toEqual([1, "RELOAD_NOT_RUNNING"]);
    const { child } = await startPurser();
    const { PURSER_CONTROL_TOKEN: _token, ...without } = environment();
    const unknown = await purser(["reload"], without);
    const { error } = JSON.parse(unknown.stderr);
    expect(error).toMatchObject({ code: "RELOAD_TOKEN_UNKNOWN" });
    expect(error.mend).toContain(`kill -HUP ${child.pid}`);
  });
});

type PacedCall = { readonly answer: () => void };
type PacedUpstream = {
  readonly url: string;
  /** The next call that is waiting for its answer. */
  readonly arrived: () => Promise<PacedCall>;
  readonly close: () => Promise<void>;
};

const MESSAGE = JSON.stringify({
  ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-reload-1", content: [] },
  ...{ stop_reason: "end_turn", usage: { input_tokens: 1_000, output_tokens: 0 } },
});

/** An upstream that answers a call when it is told to. */
async function startPacedUpstream(): Promise<PacedUpstream> {
  const waiting: ServerResponse[] = [];
  let onCall = (): void => {};
  const server: Server = createServer((request, response) => {
    request.resume().once("end", () => {
      waiting.push(response);
      onCall();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrived: async () => {
      for (;;) {
        const response = waiting.shift();
        if (response !== undefined) {
          return {
            answer: () =>
              void response.writeHead(200, { "content-type": "application/json" }).end(MESSAGE),
          };
        }
        await new Promise<void>((resolve) => {
          onCall = resolve;
        });
      }
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
