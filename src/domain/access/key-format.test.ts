import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatVirtualKey, isWellFormedKey, KEY_RANDOM_BYTES } from "./index.ts";

const random = fc.uint8Array({ minLength: KEY_RANDOM_BYTES, maxLength: KEY_RANDOM_BYTES });
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

describe("formatVirtualKey", () => {
  it("formatVirtualKey has a prefix, the bits and their checksum", () => {
    const key = formatVirtualKey(new Uint8Array(KEY_RANDOM_BYTES).fill(255));
    const secret = `1${"z".repeat(51)}`;
    let sum = crc32(secret);
    let checksum = "";
    for (let index = 0; index < 7; index += 1) {
      checksum = ALPHABET[sum & 31] + checksum;
      sum >>>= 5;
    }
    expect(key).toBe(`purser_${secret}${checksum}`);
  });

  it("formatVirtualKey never makes one key of two randoms", () => {
    fc.assert(
      fc.property(random, random, (one, other) => {
        const same = Buffer.from(one).equals(Buffer.from(other));
        expect(formatVirtualKey(one) === formatVirtualKey(other)).toBe(same);
      }),
    );
  });
});

describe("isWellFormedKey", () => {
  it("isWellFormedKey knows every key that was made", () => {
    fc.assert(fc.property(random, (bytes) => isWellFormedKey(formatVirtualKey(bytes))));
  });

  it("isWellFormedKey never takes a key with one other letter, or with two swapped", () => {
    const place = fc.integer({ min: 7, max: 65 });
    fc.assert(
      fc.property(random, place, fc.constantFrom(...ALPHABET), (bytes, at, letter) => {
        const key = formatVirtualKey(bytes);
        const changed = key.slice(0, at) + letter + key.slice(at + 1);
        if (changed !== key) expect(isWellFormedKey(changed)).toBe(false);
        const [a = "", b = ""] = [key[at - 1], key[at]];
        const swapped = key.slice(0, at - 1) + b + a + key.slice(at + 1);
        if (swapped !== key) expect(isWellFormedKey(swapped)).toBe(false);
      }),
    );
  });

  it.each(["", "purser_", "purser_abc", `sk-ant-${"0".repeat(59)}`, `purser_${"0".repeat(60)}`])(
    "isWellFormedKey refuses %s",
    (text) => {
      expect(isWellFormedKey(text)).toBe(false);
    },
  );
});
