/** The gauge of each scope, made when it is first needed. Bounded: idle ones are forgotten. */
import { Gauge } from "../../../domain/limits/index.ts";
import type { LimitRule } from "./rules.ts";

const GAUGES_MAX = 50_000;
/** How many of the oldest are looked at for each one too many. */
const LOOKED_AT = 8;

export class GaugeBook {
  readonly #gauges = new Map<string, Gauge>();

  of({ scope, limits }: LimitRule, nowMs: number): Gauge {
    const known = this.#gauges.get(scope) ?? new Gauge(limits);
    known.under(limits, nowMs);
    this.#gauges.delete(scope);
    this.#gauges.set(scope, known);
    if (this.#gauges.size > GAUGES_MAX) this.#forgetIdle(nowMs);
    return known;
  }

  /** One that still counts is kept: forgetting it would give its scope a full measure anew. */
  #forgetIdle(nowMs: number): void {
    let looked = 0;
    for (const [scope, gauge] of this.#gauges) {
      if (looked >= LOOKED_AT) return;
      looked += 1;
      if (gauge.isIdle(nowMs)) this.#gauges.delete(scope);
    }
  }
}
