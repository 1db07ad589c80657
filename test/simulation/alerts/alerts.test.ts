/** Alerts to a real HTTP receiver that fails, is slow, redirects and goes away for a day: virtual time. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instant } from "../../../src/base/index.ts";
import {
  type AlertDesk,
  type AlertTarget,
  makeAlertDesk,
  makeSendWebhook,
  SEND_TIMEOUT_MS,
  type Trouble,
  verifyWebhook,
} from "../../../src/services/alerts/index.ts";
import type { StateStore } from "../../../src/stores/contracts/index.ts";
import { openStateStore } from "../../../src/stores/state/index.ts";

const SECRET = "whsec_test";
const HOUR_MS = 3_600_000;

type Received = { readonly headers: Record<string, unknown>; readonly body: string };

let folder = "";
let state: StateStore;
let server: Server;
let url = "";
let received: Received[] = [];
let answer: (count: number) => number = () => 200;
let now = 1_800_000_000_000;
let ids = 0;
let givenUp: unknown[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "purser-alerts-"));
  state = await openStateStore({ directory: folder, create: true });
  received = [];
  givenUp = [];
  answer = () => 200;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      const status = answer(received.length);
      response.writeHead(status, status === 302 ? { location: `${url}elsewhere` } : {}).end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

function target(over: Partial<AlertTarget> = {}): AlertTarget {
  return {
    name: "ops",
    url,
    secret: SECRET,
    format: "purser",
    allowPrivate: true,
    kinds: null,
    ...over,
  };
}

function desk(
  targets: readonly AlertTarget[] = [target()],
  store = state,
  send = makeSendWebhook(),
): AlertDesk {
  return makeAlertDesk({
    store: store.alerts,
    targets,
    send,
    clock: { now: () => instant(now), monotonicMs: () => 0 },
    newId: () => {
      ids += 1;
      return `al_${ids}`;
    },
    cooldownMs: HOUR_MS,
    onGivenUp: (failure) => givenUp.push(failure),
  });
}

const trouble = (key = "budget/all"): Trouble =>
  ({
    ...{ key, kind: "budget-threshold", title: "Budget <all> at 80%", text: "80 of 100 dollars" },
    data: { budget: "all" },
  }) as const;

const run = (one: AlertDesk) => one.deliver(new AbortController().signal);
const deliveries = async () => (await state.alerts.list(10)).flatMap((alert) => alert.deliveries);

describe("alerts", () => {
  test("alerts arrive once, signed, in a form that the verifying function takes", async () => {
    const one = desk();
    expect(await one.raise(trouble())).toBe("raised");
    await run(one);
    await run(one);
    expect(received).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: "" }] = received;
    const header = String(headers["purser-signature"]);
    const question = { header, body, secrets: [SECRET], nowMs: now };
    expect(verifyWebhook(question).kind).toBe("genuine");
    expect(verifyWebhook({ ...question, nowMs: now + HOUR_MS }).kind).toBe("stale");
    expect(JSON.parse(body)).toMatchObject({
      kind: "budget-threshold",
      delivery: headers["purser-delivery"],
      data: { budget: "all" },
    });
    expect(await deliveries()).toMatchObject([{ target: "ops", state: "delivered", attempts: 1 }]);
  });

  test("alerts of one key are raised once in a cool-down, and again after it", async () => {
    const one = desk();
    expect(await one.raise(trouble())).toBe("raised");
    now += HOUR_MS - 1;
    expect(await one.raise(trouble())).toBe("held-back");
    expect(await one.raise(trouble("another"))).toBe("raised");
    now += 2;
    expect(await one.raise(trouble())).toBe("raised");
    await run(one);
    expect(received).toHaveLength(3);
  });

  test("alerts are sent again with longer and longer pauses while a receiver answers 500", async () => {
    answer = (count) => (count < 4 ? 500 : 204);
    const one = desk();
    await one.raise(trouble());
    const sentAfter: number[] = [];
    const begin = now;
    for (; now < begin + HOUR_MS; now += 5_000) {
      const before = received.length;
      await run(one);
      if (received.length > before) sentAfter.push((now - begin) / 1_000);
    }
    expect(sentAfter).toEqual([0, 10, 30, 70]);
    expect(await deliveries()).toMatchObject([{ state: "delivered", attempts: 4 }]);
    const names = new Set(received.map(({ headers }) => headers["purser-delivery"]));
    expect(names.size).toBe(1);
  });

  test("alerts outlive a receiver that is away for a day, and a restart in between", async () => {
    const gone = target({ url: "http://127.0.0.1:1/" });
    await desk([gone]).raise(trouble());
    const begin = now;
    for (; now < begin + 24 * HOUR_MS; now += 10 * 60_000) await run(desk([gone]));
    expect(await deliveries()).toMatchObject([{ state: "waiting" }]);
    await state.close();
    state = await openStateStore({ directory: folder, create: false });
    now += HOUR_MS;
    await run(desk());
    expect(received).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: "delivered" }]);
  });

  test("alerts are given up after days, and that is told", async () => {
    const gone = desk([target({ url: "http://127.0.0.1:1/" })]);
    await gone.raise(trouble());
    for (let hour = 0; hour < 100 && givenUp.length === 0; hour += 1, now += HOUR_MS)
      await run(gone);
    expect(givenUp).toMatchObject([{ target: "ops" }]);
    expect(JSON.stringify(givenUp)).not.toContain("127.0.0.1:1/");
    expect(await deliveries()).toMatchObject([{ state: "given-up", attempts: 80 }]);
  });

  test("alerts give a receiver that stays silent its time and no more, and try again", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const where = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    let asked = 0;
    silent.on("request", () => {
      asked += 1;
    });
    const one = desk([target({ url: where })], state, makeSendWebhook({ timeoutMs: 50 }));
    await one.raise(trouble());
    await run(one);
    expect(await deliveries()).toMatchObject([
      { state: "waiting", attempts: 1, lastFailure: "it did not answer in time" },
    ]);
    now += 10_000;
    await run(one);
    expect({ asked, waiting: await deliveries() }).toMatchObject({
      asked: 2,
      waiting: [{ state: "waiting", attempts: 2 }],
    });
    silent.closeAllConnections();
    silent.close();
    expect(SEND_TIMEOUT_MS).toBe(10_000);
  });

  test("alerts follow no redirect, and a refusal is final", async () => {
    for (const [status, words] of [
      [302, "redirects"],
      [410, "410"],
    ] as const) {
      received = [];
      answer = () => status;
      const one = desk();
      await one.raise(trouble(`status ${status}`));
      await run(one);
      now += HOUR_MS;
      await run(one);
      expect(received).toHaveLength(1);
      const [newest] = await deliveries();
      expect(newest).toMatchObject({ state: "given-up" });
      expect(newest?.lastFailure).toContain(words);
    }
  });

  test("alerts do not go into a private network where that is not allowed", async () => {
    const one = desk([target({ allowPrivate: false, url: url.replace("http:", "https:") })]);
    await one.raise(trouble());
    await run(one);
    expect(received).toHaveLength(0);
    expect(await deliveries()).toMatchObject([{ state: "given-up" }]);
  });

  test("alerts that two processes send at once arrive once", async () => {
    const second = await openStateStore({ directory: folder, create: false });
    const [one, two] = [desk(), desk([target()], second)];
    for (let index = 0; index < 10; index += 1) await one.raise(trouble(`key ${index}`));
    await Promise.all([run(one), run(two)]);
    await second.close();
    expect(received).toHaveLength(10);
  });

  test("alerts that a process took and did not send are due again when its lease ends", async () => {
    const one = desk();
    await one.raise(trouble());
    await state.alerts.lease(instant(now), instant(now + 600_000), 10);
    await run(one);
    expect(received).toHaveLength(0);
    now += 600_001;
    await run(one);
    expect(received).toHaveLength(1);
  });

  test("alerts go only where their kind is wanted, and to Slack as a text without its marks", async () => {
    const one = desk([target({ kinds: ["anomaly"] }), target({ name: "slack", format: "slack" })]);
    await one.raise(trouble());
    await run(one);
    expect(received).toHaveLength(1);
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({
      text: "*Budget &lt;all&gt; at 80%*\n80 of 100 dollars",
    });
  });
});
