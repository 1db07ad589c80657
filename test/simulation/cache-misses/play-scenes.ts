/** Plays scenes through a gateway and a simulator on one virtual clock, then hands out the ledger. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, instant, type JsonObject } from "../../../src/base/index.ts";
import { type ReplySpec, type Simulator, startSimulator } from "../../../src/simulator/index.ts";
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
  const gates = new Gates();
  const simulator = await startSimulator({
    clock: "virtual",
    startAtMs: START_MS,
    workspaces: { [OTHER_WORKSPACE_KEY]: "other" },
    script: [{ reply: () => gates.reply() }],
  });
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => performance.now(),
  };
  const wired = await wireGateway({ upstream: simulator.url, data, clock });
  const stage = { simulator, gates, url: wired.gateway.url, ...options };
  const answers = new Map<string, readonly JsonObject[]>();
  for (const scene of scenes) {
    answers.set(endpointOf(scene), await playScene(scene, stage));
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

/** Replies that wait for the test while a scene's calls are sent together. */
class Gates {
  isShut = false;
  #waiting: PromiseWithResolvers<unknown>[] = [];

  reply(): ReplySpec {
    if (!this.isShut) return { text: { tokens: 8 } };
    const gate = Promise.withResolvers<unknown>();
    this.#waiting.push(gate);
    return { text: { tokens: 8 }, waitFor: gate.promise };
  }

  /** Lets the event loop turn until so many calls have arrived. */
  async arrived(count: number): Promise<void> {
    while (this.#waiting.length < count) await new Promise((resolve) => setImmediate(resolve));
  }

  open(): void {
    for (const gate of this.#waiting) gate.resolve(null);
    this.#waiting = [];
    this.isShut = false;
  }
}

type Stage = {
  readonly simulator: Simulator;
  readonly gates: Gates;
  readonly url: string;
  readonly diagnosed: boolean;
};

async function playScene(scene: Scene, stage: Stage): Promise<readonly JsonObject[]> {
  const { gates, simulator } = stage;
  gates.isShut = scene.calls.some((call) => call.together === true);
  const running: Promise<JsonObject>[] = [];
  let previous: JsonObject[string] = null;
  for (const { body, afterMs, key } of scene.calls) {
    simulator.clock.advance(afterMs ?? 0);
    const asked = { ...body, diagnostics: { previous_message_id: previous } };
    const call = send(stage, {
      endpoint: endpointOf(scene),
      key: key ?? "sk-ant-usual",
      body: stage.diagnosed ? asked : body,
    });
    running.push(call);
    if (!gates.isShut) previous = (await call).id;
  }
  if (gates.isShut) {
    await gates.arrived(running.length);
    simulator.clock.advance(BEGINS_AFTER_MS);
    gates.open();
  }
  return Promise.all(running);
}

async function send(
  stage: Stage,
  call: { readonly endpoint: string; readonly key: string; readonly body: JsonObject },
): Promise<JsonObject> {
  const response = await fetch(`${stage.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "x-api-key": call.key,
      "x-purser-endpoint": call.endpoint,
    },
    body: JSON.stringify(call.body),
  });
  const answer = (await response.json()) as JsonObject;
  if (!response.ok) throw new Error(`${call.endpoint}: ${JSON.stringify(answer)}`);
  return answer;
}
