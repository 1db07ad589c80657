import { describe, expect, it } from "vitest";
import { closestWord } from "./closest-word.ts";

describe("closestWord", () => {
  it("closestWord finds a swap, a missing letter and an extra one", () => {
    expect(closestWord("prot", ["host", "port"])).toBe("port");
    expect(closestWord("modls", ["report", "models"])).toBe("models");
    expect(closestWord("costt", ["cost", "host"])).toBe("cost");
  });

  it("closestWord ignores the case and returns the known spelling", () => {
    expect(closestWord("onclientgone", ["onClientGone"])).toBe("onClientGone");
  });

  it("closestWord is null when nothing is near", () => {
    expect(closestWord("banana", ["host", "port"])).toBeNull();
    expect(closestWord("x".repeat(100_000), ["host"])).toBeNull();
  });
});
