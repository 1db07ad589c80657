import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startBed, turn, type UpstreamCall } from "../../../test/corpus/gateway-bed.ts";
import { durationMs } from "../../base/index.ts";
import { compileShowback } from "../../domain/billing/index.ts";
import { compileCatalogue } from "../../domain/catalogue/index.ts";
import { compileLimits, compilePolicies, type LimitPolicy } from "../../domain/policy/index.ts";
import type { GatewayRules } from "./index.ts";

/** It would refuse every call of this test, and only says so. */
function limitCalled(name: string): LimitPolicy {
  const limits = { maxTokens: 1 };
  return { name, lever: "limit", match: {}, mode: "advise", per: "all", limits };
}

/** Rules in which every part says the same number: prices, what is shown, the policies, the versions. */
function rulesOf(number: number): GatewayRules {
  const rates = {
    input: String(number),
    output: String(10 * number),
    cacheWrite5m: String(2 * number),
    cacheWrite1h: String(3 * number),
    cacheRead: String(number),
  };
  const models = [{ id: "claude-reload-1", minimumCacheableTokens: 1_024, prices: [rates] }];
  const cache = { ownMarkers: "respect", stampedeHoldMsMax: durationMs(0), seed: 1 } as const;
  const policy = { name: `p${number}`, lever: "cache", match: {}, mode: "advise", holdOut: 0 };
  const word = `v${number}`;
  return {
    catalogue: compileCatalogue({ models }),
    showback: compileShowback([{ team: "care", marginPercent: "100" }]),
    policies: compilePolicies([{ ...policy, cache } as never], () => word),
    limits: compileLimits([limitCalled(`l${number}`)]),
    versions: { purser: "test", config: word, prices: word, policy: word },
  };
}

const USAGE = { input_tokens: 1_000, output_tokens: 100 };
/** 1,000 tokens at $n and 100 at $10n a million. */
const costAt = (number: number): bigint => 2_000n * 1_000_000n * BigInt(number);

function answerTo({ socket }: UpstreamCall): void {
  const message = {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-reload-1" },
    ...{ content: [], stop_reason: "end_turn", usage: USAGE },
  };
  const body = JSON.stringify(message);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  socket.write(`${head}\r\n\r\n${body}`);
}

/** A call that goes on step by step: its head and half its body, the rest, the upstream's answer. */
function beginCall(port: number, index: number) {
  const body = Buffer.from(
    JSON.stringify({
      model: "claude-reload-1",
      max_tokens: 1_000,
      messages: [{ role: "user", content: `call ${String(index).padStart(6, "0")}` }],
    }),
  );
  const headers = { "content-length": body.length, "x-purser-team": "care" };
  const sent = httpRequest({ port, path: "/v1/messages", method: "POST", headers, agent: false });
  const answered = new Promise<void>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) => response.resume().once("end", resolve));
  });
  sent.write(body.subarray(0, 20));
  return { finish: () => sent.end(body.subarray(20)), answered };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

describe("useRules", () => {
  test("useRules never lets a call see half of a change, wherever in its life the change comes", async () => {
    const arrived = new Map<string, UpstreamCall>();
    await using bed = await startBed({
      script: (call) => {
        arrived.set(/call (\d{6})/.exec(call.body.toString())?.[1] ?? "", call);
      },
    });
    const { gateway } = bed;
    let number = 1;
    let count = 0;
    let worstAtOne: bigint | null = null;
    const carry = async (changes: readonly number[]): Promise<void> => {
      const change = (times: number | undefined): void => {
        for (let time = 0; time < (times ?? 0); time += 1) {
          number += 1;
          gateway.useRules(rulesOf(number));
        }
      };
      const before = gateway.counters().requests;
      const index = count;
      count += 1;
      const call = beginCall(gateway.port, index);
      await until(() => gateway.counters().requests > before);
      const begun = number;
      change(changes[0]);
      call.finish();
      await turn();
      change(changes[1]);
      const id = String(index).padStart(6, "0");
      await until(() => arrived.has(id));
      change(changes[2]);
      const upstream = arrived.get(id);
      if (upstream !== undefined) answerTo(upstream);
      change(changes[3]);
      await call.answered;
      await bed.untilSettled(count);
      const [opened, settled] = [bed.opened[index], bed.settled[index]];
      const word = `v${begun}`;
      expect(opened?.versions).toMatchObject({ config: word, prices: word, policy: word });
      expect(opened?.decisions).toEqual([
        `limit l${begun}: would refuse max-tokens`,
        expect.stringMatching(new RegExp(`^cache p${begun} `)),
      ]);
      expect(settled?.measured?.total).toBe(costAt(begun));
      expect(settled?.showback).toBe(2n * costAt(begun));
      const worst = opened?.worstCase.amount ?? 0n;
      worstAtOne ??= worst / BigInt(begun);
      expect(worst).toBe(worstAtOne * BigInt(begun));
    };
    gateway.useRules(rulesOf(number));
    const changes = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 });
    await fc.assert(fc.asyncProperty(changes, carry), { numRuns: 25, endOnFailure: true });
    expect(number).toBeGreaterThan(25);
  });
});
