/** The prompts whose prefixes may be kept alive: their bodies, in memory, within limits. */

import type { PromptPath } from "../../../domain/prompt/index.ts";
import type { CachePlanner } from "../../../domain/prompt-cache/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import type { ApiVersion } from "../../exchange/index.ts";
import type { WarmPrefix } from "../autopilot/index.ts";
import type { KeepAliveLimits } from "./limits.ts";

export type OfferedPrompt = {
  readonly warm: WarmPrefix;
  /** As it was forwarded, with its markers. */
  readonly body: Buffer;
  readonly path: string;
  readonly version: ApiVersion;
  readonly attributes: Attributes;
  /** `vk_…` of the virtual key that it came with. */
  readonly grantId: string;
  /** The client's own markers, which the ledger tells apart by. */
  readonly own: Pick<PromptPath, "markers" | "automaticMarker">;
  readonly atMs: number;
};

export type KeptPrompt = OfferedPrompt & {
  /** When it was last read. */
  readAtMs: number;
  calls: number;
};

/** After this a prefix is gone, whatever was to be done about it. */
const GONE_MS = 3_600_000;

export class KeptPrompts {
  readonly #limits: KeepAliveLimits;
  readonly #byPlanner = new Map<CachePlanner, Map<string, KeptPrompt>>();
  #count = 0;
  #bytes = 0;

  constructor(limits: KeepAliveLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the place of the prompts that this one goes on from. False where there is no room. */
  offer(offered: OfferedPrompt): boolean {
    const { planner, keys, prefixTokens } = offered.warm;
    this.supersede(planner, keys);
    if (prefixTokens < this.#limits.prefixTokensMin) return false;
    this.#sweep(offered.atMs);
    const { promptsMax, bodiesBytesMax } = this.#limits;
    const hasRoom = this.#count < promptsMax && this.#bytes + offered.body.length <= bodiesBytesMax;
    if (!hasRoom) return false;
    const prompts = this.#byPlanner.get(planner) ?? new Map<string, KeptPrompt>();
    this.#byPlanner.set(planner, prompts);
    prompts.set(keys.at(-1) ?? "", { ...offered, readAtMs: offered.atMs, calls: 0 });
    this.#count += 1;
    this.#bytes += offered.body.length;
    return true;
  }

  /** The prompts on this path were asked for: nobody waits at their ends any more. */
  supersede(planner: CachePlanner, keys: readonly string[]): void {
    const prompts = this.#byPlanner.get(planner);
    if (prompts === undefined) return;
    for (let index = keys.length - 1; index >= 0 && prompts.size > 0; index -= 1) {
      const kept = prompts.get(keys[index] ?? "");
      if (kept !== undefined) this.drop(kept);
    }
  }

  find(planner: CachePlanner, promptKey: string): KeptPrompt | null {
    return this.#byPlanner.get(planner)?.get(promptKey) ?? null;
  }

  drop(kept: KeptPrompt): void {
    const { planner, keys } = kept.warm;
    const prompts = this.#byPlanner.get(planner);
    const key = keys.at(-1) ?? "";
    if (prompts?.get(key) !== kept) return;
    prompts.delete(key);
    if (prompts.size === 0) this.#byPlanner.delete(planner);
    this.#count -= 1;
    this.#bytes -= kept.body.length;
  }

  clear(): void {
    this.#byPlanner.clear();
    this.#count = 0;
    this.#bytes = 0;
  }

  #sweep(nowMs: number): void {
    const { promptsMax, bodiesBytesMax } = this.#limits;
    if (this.#count < promptsMax && this.#bytes * 2 < bodiesBytesMax) return;
    this.dropGone(nowMs);
  }

  dropGone(nowMs: number): void {
    for (const prompts of [...this.#byPlanner.values()]) {
      for (const kept of [...prompts.values()]) {
        if (kept.readAtMs + GONE_MS < nowMs) this.drop(kept);
      }
    }
  }
}
