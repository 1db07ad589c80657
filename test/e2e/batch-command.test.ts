/** `purser batch`: files of requests through a running gateway, as a shell would ask for it. */
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import {
  type GatewayProcess,
  PURSER_SOURCE,
  startGatewayProcess,
} from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

const KEY = "sk-ant-the-callers-own";
const CREATE = { part: "batch-call", route: "POST /v1/messages/batches" } as const;

let data: string;
let simulator: Simulator;
let gateway: GatewayProcess;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "purser-batch-"));
  simulator = await startSimulator({ apiKeys: [KEY], batchMs: [200, 600] });
  gateway = await startGatewayProcess({ upstream: simulator.url, data });
});
afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  await rm(data, { recursive: true, force: true });
});

async function purser(words: readonly string[], input?: string) {
  const result = await runCommand(
    process.execPath,
    [PURSER_SOURCE, "batch", ...words, "--json", "--data", data],
    {
      env: { PATH: process.env.PATH, HOME: data, PURSER_KEY: KEY },
      ...(input === undefined ? {} : { input }),
    },
  );
  expect(result.stdout + result.stderr).not.toContain(KEY);
  const text = result.stdout === "" ? result.stderr : result.stdout;
  return { ...result, answer: JSON.parse(text) };
}

const at = () => ["--base-url", gateway.ready.gateway];

function params(text: string) {
  const messages = [{ role: "user", content: text }];
  return { model: "claude-haiku-5-5", max_tokens: 20, messages };
}

function line(customId: string): string {
  return JSON.stringify({ custom_id: customId, params: params(customId) });
}

async function write(name: string, lines: readonly string[]): Promise<string> {
  const file = join(data, name);
  await writeFile(file, lines.join("\n"));
  return file;
}

async function untilEnded(job: string, batches: number): Promise<void> {
  const look = async () => (await purser(["watch", job, ...at()])).answer.ended;
  await expect.poll(look, { timeout: 30_000 }).toBe(batches);
}

const idsIn = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((each) => JSON.parse(each).custom_id)
    .toSorted();

describe("purser batch", () => {
  test("purser batch submits what is good, tells what is not, and writes every result once", async () => {
    const file = await write("a.jsonl", [
      line("a"),
      "not json",
      line("b"),
      line("a"),
      "",
      JSON.stringify(params("bare")),
      JSON.stringify({ custom_id: "c d", params: params("x") }),
      line("c"),
    ]);
    const { code, answer } = await purser(["submit", file, "--batch-requests", "3", ...at()]);
    expect(code).toBe(1);
    expect(answer).toMatchObject({
      requests: 4,
      bad_line_count: 3,
      bad_lines: [
        { line: 2, what: "is not a JSON object" },
        { line: 4, what: 'its custom_id "a" is taken within the batch' },
        { line: 7, what: "has no custom_id of 1 to 64 letters, digits, _ and -" },
      ],
      parts: [
        { part: 1, requests: 3, state: "submitted" },
        { part: 2, requests: 1, state: "submitted" },
      ],
    });
    await untilEnded(answer.job, 2);
    const output = join(data, "a.out");
    const fetched = await purser(["results", answer.job, "--output", output, ...at()]);
    expect(fetched).toMatchObject({ code: 0, answer: { written: 2, waiting: 0 } });
    const text = await readFile(output, "utf8");
    expect(idsIn(text)).toEqual(["a", "b", "c", "line-6"]);
    // What a killed run leaves behind what is known to be whole is cut off again.
    await writeFile(output, `${text}{"custom_id":"half`);
    await purser(["results", answer.job, "--output", output, ...at()]);
    expect(await readFile(output, "utf8")).toBe(text);
    const watched = await purser(["watch", answer.job, ...at()]);
    const billed = simulator.calls().filter((call) => call.messageId !== null);
    const total = billed.reduce((sum, call) => sum + call.bill.totalPicoUsd, 0n);
    expect(Number(watched.answer.measured_usd)).toBe(Number(total) / 1e12);
    expect(watched.answer.estimated_usd).toBe("0");
    const { answer: list } = await purser(["list"]);
    expect(list.jobs[0]).toMatchObject({ job: answer.job, requests: 4, parts: 2, written: 2 });
  });

  test("purser batch never writes over a file that it did not begin", async () => {
    const { answer } = await purser(["submit", "-", ...at()], line("one"));
    const output = await write("mine.txt", ["mine"]);
    const refused = await purser(["results", answer.job, "--output", output, ...at()]);
    expect(refused.answer).toMatchObject({ error: { code: "BATCH_OUTPUT_UNUSABLE" } });
    expect(await readFile(output, "utf8")).toBe("mine");
  });

  test("purser batch finds a batch whose creation was not answered, and sends nothing twice", async () => {
    const file = await write("lost.jsonl", [line("l1"), line("l2"), line("l3")]);
    simulator.setFaults([{ match: CREATE, fault: { kind: "lost-response" }, times: 1 }]);
    const before = simulator.calls().length;
    const lost = await purser(["submit", file, ...at()]);
    expect(lost.answer.error.code).toBe("BATCH_JOB_UNSURE");
    const job = lost.answer.error.where;
    const other = await write("other.jsonl", [line("l1"), line("l2"), line("l4")]);
    const changed = await purser(["submit", other, "--resume", job, ...at()]);
    expect(changed.answer.error.code).toBe("BATCH_SOURCE_CHANGED");
    const resumed = async () => (await purser(["submit", file, "--resume", job, ...at()])).code;
    await expect.poll(resumed, { timeout: 30_000 }).toBe(0);
    const items = simulator
      .calls()
      .slice(before)
      .filter((call) => call.batchItem !== null);
    expect(items).toHaveLength(3);
  });

  test("purser batch says what is missing before it sends anything", async () => {
    const empty = await write("empty.jsonl", ["", "nothing"]);
    const none = await purser(["submit", empty, ...at()]);
    expect(none.answer.error.code).toBe("BATCH_JOB_EMPTY");
    const unknown = await purser(["watch", "job_none", ...at()]);
    expect(unknown.answer.error.code).toBe("BATCH_JOB_UNKNOWN");
    const keyless = await runCommand(
      process.execPath,
      [PURSER_SOURCE, "batch", "submit", empty, "--data", data],
      { env: { PATH: process.env.PATH, HOME: data } },
    );
    expect(keyless.stderr).toContain("BATCH_CLIENT_KEY_MISSING");
  });

  test("purser batch cancels what has not ended", async () => {
    simulator.setFaults([{ match: CREATE, fault: { kind: "slow-batch", delayMs: 600_000 } }]);
    const { answer } = await purser(["submit", "-", ...at()], line("slow"));
    const canceled = await purser(["cancel", answer.job, ...at()]);
    expect(canceled.answer).toMatchObject({ canceling: 1, ended: 0, not_submitted: 0 });
    simulator.setFaults([]);
  });

  test("purser batch cuts a file into as many batches as it needs", async () => {
    const file = join(data, "large.jsonl");
    const stream = createWriteStream(file);
    for (let index = 0; index < 2_000; index += 1) stream.write(`${line(`r${index}`)}\n`);
    stream.end();
    await finished(stream);
    const { answer } = await purser(["submit", file, "--batch-requests", "999", ...at()]);
    expect(answer.parts.map(({ requests }: { requests: number }) => requests)).toEqual([
      999, 999, 2,
    ]);
  });
});
