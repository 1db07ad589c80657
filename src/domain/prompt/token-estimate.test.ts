import { describe, expect, test } from "vitest";
import { imageSize } from "./image-size.ts";
import { estimatePromptTokens, estimateTextTokens } from "./index.ts";

/** A 1,920 by 1,080 PNG's first 24 bytes. */
const PNG = [
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 7,
  0x80, 0, 0, 4, 0x38,
];
const GIF = [...ascii("GIF89a"), 0xe8, 3, 0xf4, 1];
const JPEG = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8, 1, 0xf4, 3, 0xe8, 3, 0, 0];
const WEBP_X = [
  ...ascii("RIFF"),
  0,
  0,
  0,
  0,
  ...ascii("WEBPVP8X"),
  10,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0xe7,
  3,
  0,
  0xf3,
  1,
  0,
];
const WEBP_L = [
  ...ascii("RIFF"),
  0,
  0,
  0,
  0,
  ...ascii("WEBPVP8L"),
  0,
  0,
  0,
  0,
  0x2f,
  0xe7,
  0xc3,
  0x7c,
  0,
  0,
  0,
  0,
  0,
  0,
];
const WEBP = [
  ...ascii("RIFF"),
  0,
  0,
  0,
  0,
  ...ascii("WEBPVP8 "),
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0x9d,
  1,
  0x2a,
  0xe8,
  3,
  0xf4,
  1,
];

function ascii(text: string): readonly number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function image(bytes: readonly number[], padding = 0) {
  const data = Buffer.concat([Buffer.from(bytes), Buffer.alloc(padding)]).toString("base64");
  const source = { type: "base64", media_type: "image/png", data };
  const content = JSON.stringify({ type: "image", source });
  return { type: "image", section: "messages" as const, content, bytes: content.length };
}

function text(content: string) {
  return { type: "text", section: "messages" as const, content, bytes: content.length };
}

describe("imageSize", () => {
  test.each([
    ["PNG", PNG, 1_920, 1_080],
    ["GIF", GIF, 1_000, 500],
    ["JPEG", JPEG, 1_000, 500],
    ["extended WebP", WEBP_X, 1_000, 500],
    ["lossless WebP", WEBP_L, 1_000, 500],
    ["lossy WebP", WEBP, 1_000, 500],
  ])("reads the size of a %s", (_name, bytes, width, height) => {
    expect(imageSize(Uint8Array.from(bytes))).toEqual({ width, height });
  });

  test("has no answer for a cut or unknown header", () => {
    for (const bytes of [PNG, GIF, JPEG, WEBP, WEBP_L, WEBP_X]) {
      expect(imageSize(Uint8Array.from(bytes.slice(0, 9)))).toBeNull();
    }
    expect(imageSize(Uint8Array.from([1, 2, 3]))).toBeNull();
    expect(imageSize(new Uint8Array(0))).toBeNull();
  });
});

describe("estimatePromptTokens", () => {
  const likely = (
    blocks: Parameters<typeof estimatePromptTokens>[0],
    family: "claude-3" | "claude-4.7",
  ) => estimatePromptTokens(blocks, family).likely;

  test("counts an image by its size, not by its bytes", () => {
    const frame = likely([image([])], "claude-4.7") - 4_784;
    expect(frame).toBeLessThan(60);
    const small = likely([image(PNG)], "claude-4.7");
    expect(Math.abs(small - 2_691 - frame)).toBeLessThanOrEqual(1);
    expect(likely([image(PNG, 100_000)], "claude-4.7")).toBe(small);
    expect(likely([image(PNG)], "claude-3") - likely([text("")], "claude-3")).toBeLessThan(1_630);
  });

  test("finds images inside a tool result, and takes the largest size where it cannot tell", () => {
    const inner = JSON.parse(image(PNG).content) as object;
    const content = JSON.stringify({ type: "tool_result", content: [inner, inner] });
    const result = {
      type: "tool_result",
      section: "messages" as const,
      content,
      bytes: content.length,
    };
    expect(likely([result], "claude-4.7")).toBeGreaterThan(2 * 2_691);
    expect(likely([result], "claude-4.7")).toBeLessThan(2 * 2_691 + 100);
    expect(likely([image([1, 2, 3])], "claude-4.7")).toBeGreaterThanOrEqual(4_784);
  });

  test("gives more tokens to the newer tokenizer, and never fewer at most than likely", () => {
    const blocks = [text("word ".repeat(1_000)), image(PNG)];
    expect(likely([text("x".repeat(9_000))], "claude-4.7")).toBeGreaterThan(
      likely([text("x".repeat(9_000))], "claude-3"),
    );
    for (const family of ["claude-2", "claude-3", "claude-4.7"] as const) {
      const estimate = estimatePromptTokens(blocks, family);
      expect(estimate.atMost).toBeGreaterThanOrEqual(estimate.likely);
    }
  });

  test("adds the schema of the output and the tool-use prompt", () => {
    const blocks = [text("hello")];
    const plain = estimatePromptTokens(blocks, "claude-3");
    const formatted = estimatePromptTokens(blocks, "claude-3", 1_000);
    expect(formatted.atMost - plain.atMost).toBe(1_000);
    const tool = { ...text('{"name":"t","input_schema":{}}'), section: "tools" as const };
    expect(estimatePromptTokens([tool], "claude-3").likely).toBeGreaterThan(500);
  });
});

describe("estimateTextTokens", () => {
  test("rounds upwards", () => {
    expect(estimateTextTokens(1, "claude-3")).toBe(1);
    expect(estimateTextTokens(0, "claude-3")).toBe(0);
  });
});
