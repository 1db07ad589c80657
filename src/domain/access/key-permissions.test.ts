import { describe, expect, it } from "vitest";
import { type CallTarget, refusalOf } from "./index.ts";

const CALL: CallTarget = {
  model: "claude-haiku-5-5",
  canonicalModel: "claude-haiku-5-5",
  endpoint: "chat",
  mayFallBack: false,
};
const models = new Set(["claude-haiku-5-5"]);

describe("refusalOf", () => {
  it("refusalOf allows everything when nothing is named", () => {
    const open = { models: null, endpoints: null };
    const nothing = { model: null, canonicalModel: null, endpoint: null, mayFallBack: true };
    expect(refusalOf(open, CALL)).toBeNull();
    expect(refusalOf(open, nothing)).toBeNull();
  });

  it("refusalOf takes a model by its own id when the caller wrote another name of it", () => {
    const call = { ...CALL, model: "claude-haiku-5-5-20261001" };
    expect(refusalOf({ models, endpoints: null }, call)).toBeNull();
  });

  it.each([
    ["another model", { model: "claude-opus-5-5", canonicalModel: "claude-opus-5-5" }],
    ["a body that names no model", { model: null, canonicalModel: null }],
    [
      "an unknown model that only begins alike",
      { model: "claude-haiku-5-5x", canonicalModel: null },
    ],
    ["models that the provider may choose", { mayFallBack: true }],
  ])("refusalOf refuses %s", (_name, part) => {
    expect(refusalOf({ models, endpoints: null }, { ...CALL, ...part })?.kind).toBe("model");
  });

  it("refusalOf refuses a call of another endpoint, and one that names none", () => {
    const permissions = { models: null, endpoints: new Set(["chat"]) };
    expect(refusalOf(permissions, CALL)).toBeNull();
    expect(refusalOf(permissions, { ...CALL, endpoint: "Chat" })?.kind).toBe("endpoint");
    expect(refusalOf(permissions, { ...CALL, endpoint: null })?.kind).toBe("endpoint");
  });
});
