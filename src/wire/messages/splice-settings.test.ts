import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SplicedSettings, spliceSettings } from "./index.ts";

function spliced(body: string, settings: SplicedSettings): string | null {
  const bytes = spliceSettings(Buffer.from(body), settings);
  return bytes === null ? null : Buffer.from(bytes).toString("utf8");
}

describe("spliceSettings", () => {
  test.each<[string, SplicedSettings, string]>([
    ['{"model":"a","max_tokens":9}', { maxTokens: 12 }, '{"model":"a","max_tokens":12}'],
    ['{ "max_tokens" : 9 }', { model: "b" }, '{ "max_tokens" : 9,"model":"b" }'],
    ['{"a":"é"}', { effort: "low" }, '{"a":"é","output_config":{"effort":"low"}}'],
    ['{"output_config":{}}', { effort: "low" }, '{"output_config":{"effort":"low"}}'],
    ['{"output_config": null}', { effort: "low" }, '{"output_config": {"effort":"low"}}'],
    [
      '{"output_config":{"effort":"max","format":{"type":"x"}},"model":"a"}',
      { effort: "low", model: "b" },
      '{"output_config":{"effort":"low","format":{"type":"x"}},"model":"b"}',
    ],
    [
      '{"output_config":{"format":1}}',
      { effort: "low" },
      '{"output_config":{"format":1,"effort":"low"}}',
    ],
  ])("spliceSettings turns %s with %j into %s", (body, settings, expected) => {
    expect(spliced(body, settings)).toBe(expected);
  });

  test.each(["[]", "{}", '{"model":"a","model":"b"}', '{"mod\\u0065l":"a"}'])(
    "spliceSettings leaves %s alone",
    (body) => {
      expect(spliced(body, { maxTokens: 1 })).toBeNull();
    },
  );

  test("spliceSettings changes what it is told to, and nothing else that is read", () => {
    const settings = fc.record(
      { model: fc.string({ unit: "binary" }), maxTokens: fc.nat(), effort: fc.string() },
      { requiredKeys: [] },
    );
    const rest = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue(), { minKeys: 1 });
    fc.assert(
      fc.property(rest, settings, (body, wanted) => {
        const text = spliced(JSON.stringify(body, null, 1), wanted);
        const expected: Record<string, unknown> = { ...body };
        if (wanted.model !== undefined) expected.model = wanted.model;
        if (wanted.maxTokens !== undefined) expected.max_tokens = wanted.maxTokens;
        if (wanted.effort !== undefined) expected.output_config = { effort: wanted.effort };
        expect(JSON.parse(text ?? "null")).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });
});
