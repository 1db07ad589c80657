import { describe, expect, test } from "vitest";
import { type AlertTarget, checkTarget, isPrivateAddress, makeSendWebhook } from "./index.ts";

const target = (url: string, allowPrivate = false): AlertTarget => ({
  ...{ name: "ops", url, allowPrivate, secret: null, format: "purser", kinds: null },
});

describe("isPrivateAddress", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fd00:ec2::254",
    "not an address",
  ])("isPrivateAddress says so of %s", (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.each(["8.8.8.8", "172.32.0.1", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])(
    "isPrivateAddress lets %s be",
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});

describe("checkTarget", () => {
  test.each([
    ["ftp://example.com/x", "ALERT_TARGET_INVALID"],
    ["file:///etc/passwd", "ALERT_TARGET_INVALID"],
    ["http://example.com/x", "ALERT_TARGET_INVALID"],
    ["https://user:secret@example.com/", "ALERT_TARGET_INVALID"],
    ["nonsense", "ALERT_TARGET_INVALID"],
    ["https://127.0.0.1/", "ALERT_TARGET_PRIVATE"],
    ["https://2130706433/", "ALERT_TARGET_PRIVATE"],
    ["https://0x7f.1/", "ALERT_TARGET_PRIVATE"],
    ["https://[::1]/", "ALERT_TARGET_PRIVATE"],
    ["https://[::ffff:10.0.0.1]/", "ALERT_TARGET_PRIVATE"],
    ["https://169.254.169.254/latest/meta-data", "ALERT_TARGET_PRIVATE"],
  ])("checkTarget refuses %s with %s, and does not repeat it", (url, code) => {
    let error: unknown = null;
    try {
      checkTarget(target(url));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain("secret");
    expect(String(error)).not.toContain(url);
  });

  test("checkTarget lets a private target be where it is allowed", () => {
    expect(checkTarget(target("http://127.0.0.1:9/x", true)).port).toBe("9");
  });
});

describe("makeSendWebhook", () => {
  const send = (addresses: readonly string[]) =>
    makeSendWebhook({ resolve: async () => addresses.map((address) => ({ address, family: 4 })) })({
      target: target("https://hooks.example/x"),
      ...{ delivery: "d", body: "{}", atMs: 0, signal: new AbortController().signal },
    });

  test("makeSendWebhook refuses a name that leads into a private network, by any of its addresses", async () => {
    const refused = { code: "ALERT_TARGET_PRIVATE" };
    await expect(send(["10.0.0.8"])).rejects.toMatchObject(refused);
    await expect(send(["93.184.216.34", "127.0.0.1"])).rejects.toMatchObject(refused);
    await expect(send([])).rejects.toMatchObject({ code: "ALERT_TARGET_UNREACHABLE" });
  });
});
