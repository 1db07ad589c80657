/** Makes the calls that keep prefixes alive: which are due is the planner's to say, once each. */
import type { CachePlanner, DueKeepAlive } from "../../../domain/prompt-cache/index.ts";
import { spliceSettings } from "../../../wire/messages/index.ts";
import { type Reservation, readRequest, worstCaseOf } from "../../exchange/index.ts";
import { permissionRefusal } from "../access/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { type KeptPrompt, KeptPrompts, type OfferedPrompt } from "./kept-prompts.ts";
import { CallMeter, type KeepAliveLimits, type SpentCall } from "./limits.ts";
import { type ReadyCall, sendCall } from "./send-call.ts";

type Prepared = ReadyCall & {
  readonly kept: KeptPrompt;
  readonly reservation: Reservation;
  readonly spent: SpentCall;
};

export class KeepAlive {
  readonly #limits: KeepAliveLimits;
  readonly #kept: KeptPrompts;
  readonly #meter: CallMeter;
  readonly #running = new Set<Promise<void>>();
  #isClosing = false;

  constructor(limits: KeepAliveLimits) {
    this.#limits = limits;
    this.#kept = new KeptPrompts(limits);
    this.#meter = new CallMeter(limits);
  }

  get promptsKept(): number {
    return this.#kept.count;
  }

  get bytesKept(): number {
    return this.#kept.bytes;
  }

  offer(offered: OfferedPrompt): void {
    if (!this.#isClosing) this.#kept.offer(offered);
  }

  /** Sends what is due, a few at a time; resolves when all of it is settled. */
  async run(contextNow: () => GatewayContext, signal?: AbortSignal): Promise<void> {
    this.#kept.dropGone(contextNow().clock.now());
    while (!this.#isClosing && signal?.aborted !== true) {
      const context = contextNow();
      const { clock, autopilot } = context;
      let prepared: Prepared | null = null;
      const found = autopilot.nextKeepAlive(clock.now(), (planner, due) => {
        prepared = this.#prepare(context, planner, due);
        return prepared !== null;
      });
      if (!found || prepared === null) break;
      const call: Promise<void> = this.#make(context, prepared).finally(() => {
        this.#running.delete(call);
      });
      this.#running.add(call);
      if (this.#running.size >= this.#limits.callsAtOnceMax) await Promise.race(this.#running);
    }
    await Promise.all(this.#running);
  }

  /** Begins nothing more and forgets every prompt. */
  beginClosing(): void {
    this.#isClosing = true;
    this.#kept.clear();
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Everything that may speak against the call, in one turn; counts why it is not made. */
  #prepare(context: GatewayContext, planner: CachePlanner, due: DueKeepAlive): Prepared | null {
    const kept = this.#kept.find(planner, due.promptKey);
    if (kept === null) return null;
    const outcome = this.#reckon(context, kept, due);
    if (typeof outcome !== "string") return outcome;
    this.#kept.drop(kept);
    context.counters.keepAlive(outcome);
    return null;
  }

  /** The call, or in a word why there is none. */
  #reckon(context: GatewayContext, kept: KeptPrompt, due: DueKeepAlive): Prepared | string {
    const { clock, catalogue, keyRing, autopilot, prompts, settings } = context;
    const at = clock.now();
    if (kept.warm.prefixKey !== due.prefixKey) return "other-prefix";
    if (at - due.atMs > this.#limits.lateMsMax) return "late";
    if (kept.calls >= this.#limits.callsPerPromptMax) return "calls-limit";
    const grant = keyRing.holds(kept.grantId, at);
    if (grant === null || settings.upstreamKey === null) return "key-gone";
    const body = spliceSettings(kept.body, { maxTokens: 0, stream: false });
    if (body === null) return "not-plain";
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
    const request = readRequest(bytes, kept.version);
    const { attributes } = kept;
    if (permissionRefusal(grant, request, attributes, catalogue) !== null) return "not-allowed";
    const place = prompts.place(request);
    if (request.kind === "unreadable" || place === null) return "not-plain";
    const nodes = prompts.nodesOf(place);
    const allowed = autopilot.keepAliveFor({ at, request, prompt: place, nodes, attributes });
    if (allowed === null) return "not-applied";
    const question = { request, bodyBytes: bytes.length, at, addedLifetime: "1h" } as const;
    const worstCase = worstCaseOf(question, catalogue);
    if (worstCase.amount === null) return "no-bound";
    const spent = this.#meter.begin(at, worstCase.amount);
    if (spent === null) return "spend-limit";
    const { model } = request;
    const reserved = context.budgets.reserve({ at, attributes, model, worstCase });
    if (reserved.kind === "refused") {
      spent.amount = 0n;
      return "budget";
    }
    const { reservation } = reserved;
    const prompt = { ...place, ...kept.own };
    const how = { body: bytes, request, prompt, worstCase, at };
    return { kept, spent, reservation, ...how, ...allowed, ...routeOf(kept, settings.upstreamKey) };
  }

  async #make(context: GatewayContext, call: Prepared): Promise<void> {
    const { kept, reservation, spent } = call;
    kept.calls += 1;
    kept.readAtMs = call.at;
    const { outcome, settled } = await sendCall(context, call, reservation);
    if (settled !== null) spent.amount = settled.measured?.total ?? spent.amount;
    context.counters.keepAlive(outcome);
    // A prefix that was not there was written again: the planner saw it wrongly, so that is the end of it.
    if (outcome !== "read") this.#kept.drop(kept);
  }
}

function routeOf({ path, version, attributes }: KeptPrompt, upstreamKey: string) {
  const headers = ["content-type", "application/json", "x-api-key", upstreamKey];
  if (version.apiVersion !== null) headers.push("anthropic-version", version.apiVersion);
  if (version.betas.length > 0) headers.push("anthropic-beta", version.betas.join(","));
  return { path, version, attributes, headers };
}
