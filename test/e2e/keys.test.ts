/** Virtual keys as a user makes and uses them: the command, `purser up`, the SDK, the report. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import {
  type GatewayProcess,
  PURSER_SOURCE,
  startGatewayProcess,
} from "../simulation/gateway-process.ts";
import { runCommand } from "./run-command.ts";

const PROVIDER_KEY = "sk-ant-the-provider-knows-this-one";

let folder = "";
let data = "";
let simulator: Simulator;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-keys-"));
  data = join(folder, "data");
  writeFileSync(join(folder, "provider-key"), `${PROVIDER_KEY}\n`);
  writeFileSync(join(folder, "purser.yaml"), "upstream:\n  keyFile: provider-key\n");
  simulator = await startSimulator({ seed: 1, apiKeys: [PROVIDER_KEY, "sk-ant-own"] });
  const config = join(folder, "purser.yaml");
  gateway = await startGatewayProcess({ upstream: simulator.url, data, config });
});

afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function purser(words: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: folder };
  const all = [PURSER_SOURCE, ...words, "--data", data, "--json"];
  const { code, stdout, stderr } = await runCommand(process.execPath, all, { cwd: folder, env });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function control(path: string, body: object) {
  const answer = await fetch(`${gateway.ready.control}/api/keys/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.ready.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as { secret: string; key: object } };
}

function client(apiKey: string, headers: Record<string, string> = {}): Anthropic {
  return new Anthropic({
    apiKey,
    baseURL: gateway.ready.gateway,
    defaultHeaders: headers,
    maxRetries: 2,
  });
}

function ask(of: Anthropic, model = "claude-haiku-5-5") {
  const messages = [{ role: "user" as const, content: "How much is the fish?" }];
  return of.messages.create({ model, max_tokens: 20, messages });
}

/** Until a change by another process is seen; a second at the most. */
async function untilRefused(of: Anthropic): Promise<unknown> {
  for (let tries = 0; tries < 50; tries += 1) {
    const error = await ask(of).then(
      () => null,
      (failure: unknown) => failure,
    );
    if (error !== null) return error;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error("the key still holds");
}

describe("purser keys", () => {
  it("purser keys create gives a key that the SDK uses in place of the provider's", async () => {
    const made = await purser(["keys", "create", "care", "--team", "care", "--tags", "plan=free"]);
    expect(made.secret).toMatch(/^purser_[0-9a-z]{59}$/);
    const caller = client(made.secret, { "x-purser-team": "search" });
    // Made by another process: known within a second.
    let answer: unknown = null;
    for (let tries = 0; tries < 50 && answer === null; tries += 1) {
      answer = await ask(caller).catch(() => null);
      if (answer === null) await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect(answer).toMatchObject({ type: "message" });
    const report = await purser(["report", "--by", "key,team,tag:plan"]);
    expect(report.rows[0].group).toEqual({ key: made.key.id, team: "care", "tag:plan": "free" });
    expect(report.key_names).toEqual({ [made.key.id]: "care" });
    const mine = await purser(["report", "--by", "key", "--where", "key=care"]);
    expect(mine.total.exchanges).toBe(1);
  });

  it("purser keys keep other paths as they keep Messages, and pass a client's own key on", async () => {
    const { body } = await control("create", { name: "paths" });
    const messages = [{ role: "user" as const, content: "hello" }];
    const counted = { model: "claude-haiku-5-5", messages };
    expect((await client(body.secret).messages.countTokens(counted)).input_tokens).toBeGreaterThan(
      0,
    );
    expect((await client(body.secret).models.list()).data.length).toBeGreaterThan(0);
    await expect(client(`${body.secret.slice(0, -1)}!`).models.list()).rejects.toMatchObject({
      status: 401,
      error: { error: { details: { error_code: "GATEWAY_KEY_MALFORMED" } } },
    });
    expect(await ask(client("sk-ant-own"))).toMatchObject({ type: "message" });
  });

  it("purser keys revoke ends a key at once over the control plane, and the SDK does not retry", async () => {
    const { body } = await control("create", { name: "short" });
    await ask(client(body.secret));
    expect((await control("revoke", { key: "short" })).body).toMatchObject({ status: "revoked" });
    const before = simulator.calls().length;
    const error = await ask(client(body.secret)).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error).toMatchObject({
      status: 401,
      error: {
        type: "error",
        error: {
          type: "authentication_error",
          details: { error_code: "GATEWAY_KEY_REFUSED" },
        },
      },
    });
    expect(simulator.calls()).toHaveLength(before);
  });

  it("purser keys revoke ends a key within moments when another process does it", async () => {
    const { body } = await control("create", { name: "elsewhere" });
    await ask(client(body.secret));
    await purser(["keys", "revoke", "elsewhere"]);
    expect(await untilRefused(client(body.secret))).toBeInstanceOf(Anthropic.AuthenticationError);
  });

  it("purser keys rotate leaves the old secret for a while, or ends it at once", async () => {
    const { body: first } = await control("create", { name: "turning" });
    const { body: second } = await control("rotate", { key: "turning" });
    expect(second.secret).not.toBe(first.secret);
    await ask(client(first.secret));
    await ask(client(second.secret));
    const { body: third } = await control("rotate", { key: "turning", overlap: "0m" });
    await ask(client(third.secret));
    for (const { secret } of [first, second]) {
      await expect(ask(client(secret))).rejects.toMatchObject({ status: 401 });
    }
    const report = await purser(["report", "--by", "key", "--where", "key=turning"]);
    expect(report.total.exchanges).toBe(3);
  });

  it("purser keys hold a call to the models and endpoints of its key", async () => {
    const { body } = await control("create", {
      name: "bound",
      models: ["claude-haiku-5-5"],
      endpoints: ["chat", "mail"],
    });
    const chat = client(body.secret, { "x-purser-endpoint": "chat" });
    await ask(chat);
    const code = (error: unknown) =>
      (error as { error: { error: { type: string; details: { error_code: string } } } }).error
        .error;
    const refused = await ask(chat, "claude-opus-5-5").catch(code);
    expect(refused).toMatchObject({
      type: "permission_error",
      details: { error_code: "GATEWAY_MODEL_NOT_ALLOWED" },
    });
    expect(await ask(client(body.secret)).catch(code)).toMatchObject({
      details: { error_code: "GATEWAY_ENDPOINT_NOT_ALLOWED" },
    });
    await expect(
      chat.messages.batches.create({
        requests: [
          {
            custom_id: "a",
            params: {
              model: "claude-opus-5-5",
              max_tokens: 5,
              messages: [{ role: "user", content: "x" }],
            },
          },
        ],
      }),
    ).rejects.toMatchObject({ status: 403 });
  });

  it("purser keys in a URL are refused and put nowhere", async () => {
    const { body } = await control("create", { name: "url" });
    const answer = await fetch(`${gateway.ready.gateway}/v1/models?x-api-key=${body.secret}`);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("GATEWAY_KEY_IN_URL");
  });

  it("purser keys list and show know no secret, and no file of the data directory does", async () => {
    const { body } = await control("create", { name: "secret" });
    await ask(client(body.secret));
    const shown = JSON.stringify([
      await purser(["keys", "list", "--all"]),
      await purser(["keys", "show", "secret"]),
    ]);
    expect(shown).not.toContain(body.secret);
    const files = readdirSync(data, { recursive: true, encoding: "utf8" }).map((name) =>
      join(data, name),
    );
    const held = files.filter((file) => statSync(file).isFile());
    expect(held.length).toBeGreaterThan(3);
    for (const file of held) {
      const bytes = readFileSync(file);
      expect(bytes.includes(body.secret), file).toBe(false);
      expect(bytes.includes(PROVIDER_KEY), file).toBe(false);
    }
  });
});
