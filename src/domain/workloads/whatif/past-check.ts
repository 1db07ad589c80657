/**
 * The past as it was, predicted: what the cache's rules say of the recorded prompts with their own
 * markers, beside what they were billed. A what-if about caching is worth as much as this holds.
 */
import type { Instant } from "../../../base/index.ts";
import type { Catalogue } from "../../catalogue/index.ts";
import type { TokensByClass } from "../../prompt-cache/index.ts";
import { promptTokensOf } from "../call.ts";
import { ratiosOn } from "./counterfactual.ts";
import { RecordedCaches } from "./recorded-cache.ts";
import type { CallProfile, RecordedCall } from "./recorded-call.ts";

/** How far a prediction may be from the bill without a word. */
export const PREDICTION_TOLERANCE = 0.01;

export type PastGroup = {
  readonly endpoint: string | null;
  readonly model: string;
  calls: number;
  /** In fresh input tokens of the model. */
  billed: number;
  predicted: number;
};

export class PastCheck {
  readonly #catalogue: Catalogue;
  readonly #caches = new RecordedCaches();
  readonly #groups = new Map<string, PastGroup>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** `counts` is false for calls before the window: they only leave in the cache what they did. */
  add({ model, facts, pricedAs }: CallProfile, call: RecordedCall, counts = true): void {
    if (model === null || call.prompt === null) return;
    const ratios = ratiosOn(model, call.atMs as Instant, this.#catalogue);
    if (ratios === null) return;
    const predicted = this.#caches.step(call, {
      model,
      scope: pricedAs.speed ?? "",
      ratios,
      promptTokens: promptTokensOf(call.tokens),
      prompt: call.prompt,
      rule: "as-sent",
    });
    if (predicted === null || !counts) return;
    const costOf = (tokens: TokensByClass): number =>
      tokens.input +
      tokens.read * ratios.read +
      tokens.write5m * ratios.write5m +
      tokens.write1h * ratios.write1h;
    const key = `${facts.endpoint ?? ""}\n${model.id}`;
    const group = this.#groups.get(key) ?? {
      endpoint: facts.endpoint,
      model: model.id,
      calls: 0,
      billed: 0,
      predicted: 0,
    };
    group.calls += 1;
    group.billed += costOf(call.tokens);
    group.predicted += costOf(predicted);
    this.#groups.set(key, group);
  }

  groups(): readonly PastGroup[] {
    return [...this.#groups.values()];
  }

  /** By how much predictions were off, over all groups, as a share of what was billed. */
  error(): number {
    let off = 0;
    let billed = 0;
    for (const group of this.#groups.values()) {
      off += Math.abs(group.predicted - group.billed);
      billed += group.billed;
    }
    return billed === 0 ? 0 : off / billed;
  }
}
