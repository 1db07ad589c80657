import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gauge, type LineEnd, type Taken, type Waiter, WaitingLine } from "./index.ts";

const USE = { inputTokens: 0, maxTokens: null };
const SCOPES = ["a", "b", "c"] as const;
type Scope = (typeof SCOPES)[number];

const step = fc.oneof(
  fc.record({
    kind: fc.constant("join" as const),
    scopes: fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1, maxLength: 3 }),
    bytes: fc.integer({ min: 0, max: 30 }),
    withinMs: fc.nat(20_000),
  }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(8_000) }),
  fc.record({ kind: fc.constant("end" as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constant("leave" as const), which: fc.nat(20) }),
);

type Seen = { readonly scopes: readonly Scope[]; readonly number: number; ends: LineEnd[] };

/** A line before three gauges, as the gateway has it, with a clock that only moves when told. */
class Scene {
  readonly line = new WaitingLine<Scope>({ callsMax: 8, bytesMax: 100 });
  readonly gauges = new Map(
    SCOPES.map((scope) => [scope, new Gauge({ requestsPerMinute: 10, concurrentCalls: 2 })]),
  );
  readonly seen: Seen[] = [];
  readonly entered: Seen[] = [];
  readonly waiting = new Map<Seen, Waiter<Scope>>();
  readonly running: { scopes: readonly Scope[]; taken: Taken[] }[] = [];
  nowMs = 0;

  join(scopes: readonly Scope[], bytes: number, withinMs: number): void {
    const one: Seen = { scopes, number: this.seen.length, ends: [] };
    const waiter: Waiter<Scope> = {
      scopes,
      bytes,
      deadlineMs: this.nowMs + withinMs,
      tryEnter: (nowMs) => {
        const by = scopes.filter((scope) => this.isFull(scope, nowMs));
        const fit = by[0] === undefined ? null : this.gauges.get(by[0])?.fit(USE, nowMs);
        if (fit?.kind === "full") return { by, waitMs: fit.waitMs };
        this.expectNoneOvertaken(one, nowMs);
        const taken = scopes.flatMap((scope) => this.gauges.get(scope)?.take(USE, nowMs) ?? []);
        this.running.push({ scopes, taken });
        this.entered.push(one);
        return "entered";
      },
      onEnd: (end) => {
        one.ends.push(end);
        this.waiting.delete(one);
      },
    };
    if (!this.line.join(waiter)) return;
    this.seen.push(one);
    this.waiting.set(one, waiter);
  }

  isFull(scope: Scope, nowMs: number): boolean {
    return this.gauges.get(scope)?.fit(USE, nowMs).kind === "full";
  }

  /** Whoever came earlier and still waits is held up by something that this one does not need. */
  expectNoneOvertaken(one: Seen, nowMs: number): void {
    for (const other of this.waiting.keys()) {
      if (other.number >= one.number) continue;
      const elsewhere = other.scopes.filter((scope) => !one.scopes.includes(scope));
      expect(elsewhere.some((scope) => this.isFull(scope, nowMs))).toBe(true);
      const fullBoth = other.scopes.filter((scope) => one.scopes.includes(scope));
      expect(fullBoth.some((scope) => this.isFull(scope, nowMs))).toBe(false);
    }
  }

  end(which: number): void {
    const [call] = this.running.splice(which % Math.max(1, this.running.length), 1);
    call?.scopes.forEach((scope, index) => {
      const taken = call.taken[index];
      if (taken !== undefined) this.gauges.get(scope)?.end(taken, null, this.nowMs);
    });
  }

  leave(which: number): void {
    const waiters = [...this.waiting.values()];
    const waiter = waiters[which % Math.max(1, waiters.length)];
    if (waiter !== undefined) this.line.leave(waiter);
  }
}

describe("WaitingLine", () => {
  it("WaitingLine keeps order in each scope, its bounds and those of the gauges, and loses nobody", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const scene = new Scene();
        for (const one of steps) {
          if (one.kind === "join") scene.join(one.scopes, one.bytes, one.withinMs);
          else if (one.kind === "pass") scene.nowMs += one.ms;
          else if (one.kind === "end") scene.end(one.which);
          else scene.leave(one.which);
          scene.line.advance(scene.nowMs);
          expect(scene.line.size).toBe(scene.waiting.size);
          expect(scene.line.size).toBeLessThanOrEqual(8);
          for (const gauge of scene.gauges.values()) expect(gauge.running).toBeLessThanOrEqual(2);
        }
        scene.nowMs += 30_000;
        scene.line.advance(scene.nowMs);
        expect(scene.line.size).toBe(0);
        for (const one of scene.seen) expect(one.ends).toHaveLength(1);
      }),
    );
  });

  it("WaitingLine says when to look again, and looking then is enough", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { minLength: 1, maxLength: 8 }), (deadlines) => {
        const scene = new Scene();
        const gauge = scene.gauges.get("a");
        for (let call = 0; call < 10; call += 1) {
          const taken = gauge?.take(USE, 0);
          if (taken !== undefined) gauge?.end(taken, null, 0);
        }
        for (const withinMs of deadlines) scene.join(["a"], 1, withinMs);
        let looks = 0;
        for (let next = scene.line.advance(0); next !== null; looks += 1) {
          expect(next).toBeGreaterThanOrEqual(scene.nowMs);
          scene.nowMs = next;
          for (const { taken } of scene.running.splice(0)) {
            for (const one of taken) gauge?.end(one, null, next);
          }
          next = scene.line.advance(next);
          expect(looks).toBeLessThan(100);
        }
        expect(scene.line.size).toBe(0);
      }),
    );
  });

  it("WaitingLine lets a call of another scope go by", () => {
    const scene = new Scene();
    scene.join(["a"], 0, 10_000);
    scene.join(["a"], 0, 10_000);
    scene.join(["a"], 0, 10_000);
    scene.join(["a", "b"], 0, 10_000);
    scene.join(["b"], 0, 10_000);
    scene.join(["c"], 0, 10_000);
    scene.line.advance(0);
    expect(scene.entered.map(({ number }) => number)).toEqual([0, 1, 4, 5]);
    expect(scene.line.isAwaited(["b", "c"])).toBe(false);
    expect(scene.line.isAwaited(["a", "c"])).toBe(true);
  });
});
