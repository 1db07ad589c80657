/** Plays scenes through a gateway and a simulator on one virtual clock, then hands out the ledger. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, instant, type JsonObject } from "../../../src/base/index.ts";
import { startSimulator } from "../../../src/simulator/index.ts";
import type { LedgerReader } from "../../../src/stores/contracts/index.ts";
import { openLedgerReader } from "../../../src/stores/ledger/index.ts";
import { wireGateway } from "../wire-gateway.ts";
import { OTHER_WORKSPACE_KEY, type Scene } from "./miss-scenes.ts";

export const START_MS = Date.parse("2026-11-22T08:00:00Z");
/** Between scenes everything expires. */
const PAUSE_MS = 3 * 3_600_000;
/** How long the first response of a stampede takes to begin. */
const BEGINS_AFTER_MS = 2_000;

export type PlayedScenes = AsyncDisposable & {
  readonly clock: Clock;
  readonly reader: LedgerReader;
  /** What the simulator billed for input, writes and reads, by endpoint. */
  readonly answers: ReadonlyMap<string, readonly JsonObject[]>;
};

export function endpointOf({ cause, variant }: Scene): string {
  return variant === undefined ? cause : `${cause}: ${variant}`;
}

/** `diagnosed` asks the provider for its own diagnosis too, at every call. */
export async function playScenes(
  scenes: readonly Scene[],
  options: { readonly diagnosed: boolean } = { diagnosed: false },
): Promise<PlayedScenes> {
  const data = await mkdtemp(join(tmpdir(), "purser-misses-"));
  const gates: PromiseWithResolvers<unknown>[] = [];
  let held = false;
  const simulator = await startSimulator({
    clock: "virtual",
    startAtMs: START_MS,
    workspaces: { [OTHER_WORKSPACE_KEY]: "other" },
    script: [
      {
        reply: () => {
          if (!held) return { text: { tokens: 8 } };
          const gate = Promise.withResolvers<unknown>();
          gates.push(gate);
          return { text: { tokens: 8 }, waitFor: gate.promise };
        },
      },
    ],
  });
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => performance.now(),
  };
  const wired = await wireGateway({ upstream: simulator.url, data, clock });
  const answers = new Map<string, JsonObject[]>();

  const send = async (endpoint: string, body: JsonObject, key: string): Promise<JsonObject> => {
    const response = await fetch(`${wired.gateway.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": key,
        "x-purser-endpoint": endpoint,
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as JsonObject;
    if (!response.ok) throw new Error(`${endpoint}: ${JSON.stringify(answer)}`);
    return answer;
  };

  for (const scene of scenes) {
    const endpoint = endpointOf(scene);
    const together = scene.calls.some((call) => call.together === true);
    held = together;
    const running: Promise<JsonObject>[] = [];
    let previous: JsonObject[string] = null;
    for (const { body, afterMs, key } of scene.calls) {
      simulator.clock.advance(afterMs ?? 0);
      const asked = { ...body, diagnostics: { previous_message_id: previous } };
      const call = send(endpoint, options.diagnosed ? asked : body, key ?? "sk-ant-usual");
      running.push(call);
      if (!together) previous = (await call).id;
    }
    if (together) {
      while (gates.length < running.length) await new Promise((resolve) => setImmediate(resolve));
      simulator.clock.advance(BEGINS_AFTER_MS);
      for (const gate of gates.splice(0)) gate.resolve(null);
    }
    answers.set(endpoint, await Promise.all(running));
    simulator.clock.advance(PAUSE_MS);
  }
  await wired.close();
  const reader = await openLedgerReader({ directory: data });
  return {
    clock,
    reader,
    answers,
    [Symbol.asyncDispose]: async () => {
      await reader.close();
      await simulator.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}
