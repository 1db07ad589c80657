import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../contracts/index.ts";
import { sampleCorrection, sampleOpened, sampleSettled } from "../sample-entries.contract.ts";
import { decodeEntry } from "./decode-entry.ts";
import { checkEntry, encodedForm, encodeEntry } from "./encode-entry.ts";

describe("decodeEntry", () => {
  it("gives back what encodeEntry was given, for every kind of entry", () => {
    for (let index = 0; index < 200; index += 1) {
      const opened = sampleOpened(index, 5);
      const settled = sampleSettled(opened, index);
      for (const entry of [opened, settled, sampleCorrection(settled, index)] as LedgerEntry[]) {
        checkEntry(entry);
        const line = encodeEntry(entry);
        expect(line).not.toContain("\n");
        expect(decodeEntry(line)).toEqual({ kind: "entry", entry });
      }
    }
  });

  it("gives the JSON of its form, whatever the entry before it had in common with it", () => {
    const entries = [0, 0, 1, 1, 2, 0].flatMap((index) => {
      const opened = sampleOpened(index, 3);
      const settings = { ...opened.settings, betas: [`beta-${index}`] };
      return [opened, { ...opened, settings }, sampleSettled(opened, index)] as LedgerEntry[];
    });
    for (const entry of entries) {
      expect(encodeEntry(entry)).toBe(JSON.stringify(encodedForm(entry)));
    }
  });

  it("keeps fields that it does not know, through another writing", () => {
    const newer = { ...sampleOpened(1, 1), colour: { deep: [1, "two"] } };
    const once = decodeEntry(encodeEntry(newer));
    expect(once).toEqual({ kind: "entry", entry: newer });
    const again = once.kind === "entry" ? encodeEntry(once.entry) : "";
    expect(decodeEntry(again)).toEqual(once);
  });

  it("reads what was written before breaks and reported misses were kept", () => {
    const { prefixBreak: _break, ...opened } = sampleOpened(3, 1);
    const { reportedMiss: _miss, ...settled } = sampleSettled(sampleOpened(3, 1), 5);
    expect(decodeEntry(encodeEntry(opened as LedgerEntry))).toMatchObject({
      entry: { exchange: opened.exchange, prefixBreak: null },
    });
    expect(decodeEntry(encodeEntry(settled as LedgerEntry))).toMatchObject({
      entry: { exchange: settled.exchange, reportedMiss: null },
    });
  });

  it("keeps amounts beyond what a double holds", () => {
    const settled = sampleSettled(sampleOpened(0, 1), 1);
    const showback = 9_007_199_254_740_993_123n as NonNullable<typeof settled.showback>;
    const decoded = decodeEntry(encodeEntry({ ...settled, showback }));
    expect(decoded).toMatchObject({ entry: { showback } });
  });

  it.each([
    ["not JSON", "{"],
    ["an unknown kind", '{"kind":"dreamt","exchange":"ex_1","at":1}'],
    ["no exchange", '{"kind":"opened","at":1}'],
    ["an amount as a number", '{"kind":"settled","exchange":"e","at":1,"showback":1.5}'],
    ["a list", "[]"],
  ])("says that a line with %s is no entry", (_, line) => {
    expect(decodeEntry(line)).toMatchObject({ kind: "unknown" });
  });
});
