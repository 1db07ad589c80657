import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_SEAT, Roster, type Seated } from "./roster.ts";

describe("Roster", () => {
  it("always holds what a Set would, whatever comes, goes, and does so twice", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 9 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (taken) => {
        const members = Array.from({ length: 10 }, (): Seated => ({ seat: NO_SEAT }));
        const roster = new Roster<Seated>();
        const set = new Set<Seated>();
        for (const [comes, index] of taken) {
          const member = members[index];
          if (member === undefined) continue;
          if (comes) roster.add(member);
          else roster.delete(member);
          if (comes) set.add(member);
          else set.delete(member);
          expect(roster.size).toBe(set.size);
          expect(new Set(roster)).toEqual(set);
        }
        for (const member of roster) roster.delete(member);
        expect(roster.size).toBe(0);
        expect(members.every(({ seat }) => seat === NO_SEAT)).toBe(true);
      }),
    );
  });
});
